/// Text as a single-quoted YAML scalar, whatever it contains: `it's` becomes `'it''s'`.
public func yamlQuoted(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }
