/// A writing system, with words to make titles, names and comments of.
///
/// Words start with a capital where the script has them, have no digits in them, and occur in one script only: so two of
/// them and a number can be read back in one way, and names made like that are distinct. See ``UserTable``.
enum Script: Int, CaseIterable {
    case latin, accented, cyrillic, greek, armenian, georgian, hebrew, arabic, devanagari, bengali, tamil, thai
    case hangul, japanese, han

    var words: [String] {
        switch self {
        case .latin:
            [
                "River", "Mountain", "Railway", "Station", "Castle", "Museum", "History", "Village", "Bridge", "Garden",
                "Painting",
                "Harbour", "Library", "Festival", "Championship", "O'Hara", "\"Aurora\"", "Salt & Water", "Observatory",
                "Lighthouse",
                "Manuscript", "Orchestra", "Cathedral", "University", "Lake", "Forest", "Comet", "Parish", "Theatre",
                "Island",
                "Photograph", "Election",
            ]
        case .accented:
            [
                "Église", "Château", "Forêt", "Musée", "Straße", "Brücke", "Größe", "España", "Canción", "Año", "Łódka",
                "Źródło",
                "Kościół", "Přehrada", "Náměstí", "Thành phố", "Đường", "Huyện", "Quận", "Trường", "Şehir", "Göl",
                "Köprü", "Ilhéu",
                "Coração", "São", "Øya", "Fjällen", "Vårdag", "Élévation", "Õhtu", "Ģimene",
            ]
        case .cyrillic:
            [
                "Река", "Гора", "Станция", "История", "Деревня", "Мост", "Сад", "Картина", "Гавань", "Библиотека",
                "Праздник", "Озеро",
                "Лес", "Комета", "Театр", "Остров", "Выборы", "Церковь", "Площадь", "Крепость", "Україна", "Їжак",
                "Ґанок", "Ўзбек",
            ]
        case .greek:
            [
                "Ποταμός", "Βουνό", "Σταθμός", "Ιστορία", "Χωριό", "Γέφυρα", "Κήπος", "Λιμάνι", "Λίμνη", "Δάσος",
                "Νησί", "Θέατρο",
            ]
        case .armenian:
            [
                "Գետ", "Լեռ", "Կայարան", "Պատմություն", "Գյուղ", "Կամուրջ", "Այգի", "Նկար", "Լիճ", "Անտառ", "Կղզի",
                "Թատրոն",
            ]
        case .georgian:
            [
                "მდინარე", "მთა", "სადგური", "ისტორია", "სოფელი", "ხიდი", "ბაღი", "სურათი", "ტბა", "ტყე", "კუნძული",
                "თეატრი",
            ]
        case .hebrew:
            [
                "נהר", "הר", "תחנה", "היסטוריה", "כפר", "גשר", "גן", "תמונה", "נמל", "ספרייה", "אגם", "יער", "אי",
                "צה\"ל",
            ]
        case .arabic:
            [
                "نهر", "جبل", "محطة", "تاريخ", "قرية", "جسر", "حديقة", "لوحة", "ميناء", "مكتبة", "بحيرة", "غابة",
                "جزيرة", "مسرح", "می‌رود",
                "کتابخانه", "شہر", "گاؤں",
            ]
        case .devanagari: ["नदी", "पर्वत", "स्टेशन", "इतिहास", "गाँव", "पुल", "उद्यान", "चित्र", "पुस्तकालय", "झील", "वन", "द्वीप"]
        case .bengali: ["নদী", "পাহাড়", "স্টেশন", "ইতিহাস", "গ্রাম", "সেতু", "বাগান", "ছবি", "বন্দর", "হ্রদ", "বন", "দ্বীপ"]
        case .tamil: ["ஆறு", "மலை", "நிலையம்", "வரலாறு", "கிராமம்", "பாலம்", "தோட்டம்", "ஓவியம்", "துறைமுகம்", "ஏரி", "காடு", "தீவு"]
        case .thai:
            ["แม่น้ำ", "ภูเขา", "สถานี", "ประวัติศาสตร์", "หมู่บ้าน", "สะพาน", "สวน", "ภาพวาด", "ท่าเรือ", "ทะเลสาบ", "ป่า", "เกาะ"]
        case .hangul: ["강물", "산맥", "기차역", "역사", "마을", "다리", "정원", "그림", "항구", "도서관", "호수", "숲속", "섬나라", "극장"]
        case .japanese:
            ["かわ", "やま", "えき前", "れきし", "むら", "はし渡り", "にわ", "カメラ", "ミナト", "としょかん", "みずうみ", "もり", "しま", "げきじょう"]
        case .han: ["河流", "山峰", "車站", "歷史", "村庄", "大桥", "花園", "圖畫", "港口", "图书馆", "湖泊", "森林", "岛屿", "剧院", "地铁", "選舉"]
        }
    }
}
