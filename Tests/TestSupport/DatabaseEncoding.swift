/// The encodings the tests make databases in, by PostgreSQL's names.
package enum DatabaseEncoding: String, Sendable, CaseIterable {
    case utf8 = "UTF8"
    case latin1 = "LATIN1"
    case sqlASCII = "SQL_ASCII"
    case windows1252 = "WIN1252"
}
