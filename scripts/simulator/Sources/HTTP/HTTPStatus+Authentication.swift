extension HTTPStatus {
    package static let unauthorized = HTTPStatus(code: 401, reason: "Unauthorized")
}
