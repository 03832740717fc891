import HTTPTypes

extension HTTPField.Name {
    /// For whom a request is; HTTPTypes wants it as a pseudo-header, which HTTP/1.1 does not have.
    static let hostHeader = HTTPField.Name("Host")!
    /// The cursor an `EventSource` brings when it reconnects (WHATWG HTML §9.2.4).
    static let lastEventID = HTTPField.Name("Last-Event-ID")!
    /// From where a browser says that a request comes (W3C Fetch Metadata §2.3).
    static let secFetchSite = HTTPField.Name("Sec-Fetch-Site")!
}
