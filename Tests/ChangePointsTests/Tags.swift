import Testing

extension Tag {
    @Tag static var parity: Self
}
