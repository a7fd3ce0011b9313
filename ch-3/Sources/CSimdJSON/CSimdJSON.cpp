// Without this, simdjson's functions come in two kinds, and one of them throws.
#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>

#include <cstring>
#include <memory>
#include <new>
#include <type_traits>

#include "CSimdJSON.h"

using namespace simdjson;

// `noexcept` on every function is what stops an exception here instead of in Swift, which knows none.

struct csimdjson_parser {
    dom::parser parser;
    std::unique_ptr<uint8_t[]> buffer;
    size_t document_bytes_max;

    explicit csimdjson_parser(size_t bytes_max) noexcept : document_bytes_max(bytes_max) {}
};

namespace {

/// Lets C carry an object of C++: the same bytes under another type. Only what `memcpy` may copy is let through.
template <typename To, typename From>
To same_bytes(const From &from) noexcept {
    static_assert(sizeof(To) == sizeof(From));
    static_assert(std::is_trivially_copyable_v<To> && std::is_trivially_copyable_v<From>);
    To to;
    std::memcpy(&to, &from, sizeof to);
    return to;
}

csimdjson_text text(std::string_view view) noexcept {
    return {reinterpret_cast<const uint8_t *>(view.data()), view.size()};
}

std::string_view view(csimdjson_text text) noexcept {
    return {reinterpret_cast<const char *>(text.bytes), text.count};
}

csimdjson_status status(error_code error) noexcept {
    switch (error) {
    case SUCCESS: return csimdjson_status_ok;
    case EMPTY: return csimdjson_status_empty;
    case CAPACITY: return csimdjson_status_too_long;
    case DEPTH_ERROR: return csimdjson_status_too_deep;
    case UTF8_ERROR: return csimdjson_status_not_utf8;
    case STRING_ERROR:
    case UNESCAPED_CHARS:
    case UNCLOSED_STRING: return csimdjson_status_string;
    case NUMBER_ERROR:
    case NUMBER_OUT_OF_RANGE: return csimdjson_status_number;
    default: return csimdjson_status_structure;
    }
}

}  // namespace

csimdjson_parser *csimdjson_parser_create(size_t document_bytes_max, size_t depth_max) noexcept {
    if (document_bytes_max > SIMDJSON_MAXSIZE_BYTES - SIMDJSON_PADDING) { return nullptr; }
    // simdjson reads a little beyond the end, so there has to be that much more.
    const size_t capacity = document_bytes_max + SIMDJSON_PADDING;
    std::unique_ptr<csimdjson_parser> made{new (std::nothrow) csimdjson_parser(document_bytes_max)};
    if (!made) { return nullptr; }
    made->buffer.reset(new (std::nothrow) uint8_t[capacity]);
    if (!made->buffer) { return nullptr; }
    if (made->parser.allocate(capacity, depth_max) != SUCCESS) { return nullptr; }
    if (made->parser.doc.allocate(capacity) != SUCCESS) { return nullptr; }
    return made.release();
}

void csimdjson_parser_destroy(csimdjson_parser *parser) noexcept { delete parser; }

csimdjson_status csimdjson_parser_parse(
    csimdjson_parser *parser, const uint8_t *bytes, size_t count, csimdjson_value *root) noexcept {
    if (count > parser->document_bytes_max) { return csimdjson_status_too_long; }
    if (count > 0) { std::memcpy(parser->buffer.get(), bytes, count); }
    // So that nothing of an earlier, longer document can matter.
    std::memset(parser->buffer.get() + count, 0, SIMDJSON_PADDING);
    dom::element element;
    const bool copy_again = false;
    const error_code error = parser->parser.parse(parser->buffer.get(), count, copy_again).get(element);
    if (error == SUCCESS) { *root = same_bytes<csimdjson_value>(element); }
    return status(error);
}

csimdjson_kind csimdjson_value_kind(csimdjson_value value) noexcept {
    switch (same_bytes<dom::element>(value).type()) {
    case dom::element_type::ARRAY: return csimdjson_kind_array;
    case dom::element_type::OBJECT: return csimdjson_kind_object;
    case dom::element_type::INT64: return csimdjson_kind_signed;
    case dom::element_type::UINT64: return csimdjson_kind_unsigned;
    case dom::element_type::DOUBLE: return csimdjson_kind_double;
    case dom::element_type::STRING: return csimdjson_kind_string;
    case dom::element_type::BOOL: return csimdjson_kind_boolean;
    case dom::element_type::NULL_VALUE: return csimdjson_kind_null;
    }
    return csimdjson_kind_null;
}

bool csimdjson_value_boolean(csimdjson_value value, bool *out) noexcept {
    return same_bytes<dom::element>(value).get(*out) == SUCCESS;
}

bool csimdjson_value_signed(csimdjson_value value, int64_t *out) noexcept {
    return same_bytes<dom::element>(value).get(*out) == SUCCESS;
}

bool csimdjson_value_double(csimdjson_value value, double *out) noexcept {
    return same_bytes<dom::element>(value).get(*out) == SUCCESS;
}

bool csimdjson_value_text(csimdjson_value value, csimdjson_text *out) noexcept {
    std::string_view view;
    if (same_bytes<dom::element>(value).get(view) != SUCCESS) { return false; }
    *out = text(view);
    return true;
}

void csimdjson_value_pick(
    csimdjson_value value, const csimdjson_text *names, size_t count, csimdjson_value *found) noexcept {
    dom::object object;
    if (same_bytes<dom::element>(value).get(object) != SUCCESS) { return; }
    for (const auto member : object) {
        for (size_t i = 0; i < count; ++i) {
            if (member.key == view(names[i])) {
                found[i] = same_bytes<csimdjson_value>(member.value);
                break;
            }
        }
    }
}

bool csimdjson_value_members(csimdjson_value value, csimdjson_cursor *out) noexcept {
    dom::object object;
    if (same_bytes<dom::element>(value).get(object) != SUCCESS) { return false; }
    *out = {same_bytes<csimdjson_value>(object.begin()), same_bytes<csimdjson_value>(object.end())};
    return true;
}

bool csimdjson_value_elements(csimdjson_value value, csimdjson_cursor *out) noexcept {
    dom::array array;
    if (same_bytes<dom::element>(value).get(array) != SUCCESS) { return false; }
    *out = {same_bytes<csimdjson_value>(array.begin()), same_bytes<csimdjson_value>(array.end())};
    return true;
}

bool csimdjson_cursor_next_member(
    csimdjson_cursor *cursor, csimdjson_text *name, csimdjson_value *value) noexcept {
    auto next = same_bytes<dom::object::iterator>(cursor->next);
    if (!(next != same_bytes<dom::object::iterator>(cursor->end))) { return false; }
    *name = text(next.key());
    *value = same_bytes<csimdjson_value>(next.value());
    cursor->next = same_bytes<csimdjson_value>(++next);
    return true;
}

bool csimdjson_cursor_next_element(csimdjson_cursor *cursor, csimdjson_value *value) noexcept {
    auto next = same_bytes<dom::array::iterator>(cursor->next);
    if (!(next != same_bytes<dom::array::iterator>(cursor->end))) { return false; }
    *value = same_bytes<csimdjson_value>(*next);
    cursor->next = same_bytes<csimdjson_value>(++next);
    return true;
}
