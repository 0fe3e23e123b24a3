import Testing

extension Tag {
    @Tag static var parity: Self
    @Tag static var slow: Self
}
