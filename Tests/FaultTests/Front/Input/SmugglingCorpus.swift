/// Requests that one reader may take for one and another for two: each is followed by a request that must never be executed.
enum SmugglingCorpus {
    private static let post = "POST /post?channel=carrier HTTP/1.1\r\nHost: localhost\r\n"
    private static let get = "GET /wait?channel=carrier&timeout=0 HTTP/1.1\r\nHost: localhost\r\n"

    static let smuggled = "GET /post?channel=smuggled&payload=bad HTTP/1.1\r\nHost: localhost\r\n\r\n"

    /// The second request is in what a strict reader takes for the body, or behind what no strict reader takes at all.
    static let all: [String] = [
        "\(post)Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n\(smuggled)",
        "\(post)Transfer-Encoding: chunked\r\nContent-Length: \(smuggled.utf8.count)\r\n\r\n0\r\n\r\n\(smuggled)",
        "\(post)Content-Length: \(smuggled.utf8.count)\r\nContent-Length: 0\r\n\r\n\(smuggled)",
        "\(post)Content-Length: 0\r\nContent-Length: \(smuggled.utf8.count)\r\n\r\n\(smuggled)",
        "\(post)Content-Length: 0, \(smuggled.utf8.count)\r\n\r\n\(smuggled)",
        "\(post)Content-Length : \(smuggled.utf8.count)\r\n\r\n\(smuggled)",
        "\(post)Content-Length: \(smuggled.utf8.count)\r\n\r\n\(smuggled)",
        "\(post)Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n\(smuggled)",
        "\(post)Transfer-Encoding: identity\r\n\r\n\(smuggled)",
        "\(post)Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n\(smuggled)",
        "\(post)Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n\(smuggled)",
        "\(post)Transfer-Encoding:\r\n\tchunked\r\n\r\n0\r\n\r\n\(smuggled)",
        "\(post)X: y\r\n Transfer-Encoding: chunked\r\n\r\n\(smuggled)",
        "\(post)X: y\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n\(smuggled)",
        "\(post)X: y\n\n\(smuggled)",
        "\(post)X: y\r\r\(smuggled)",
        "\(post)X: y\0\r\n\r\n\(smuggled)",
        "\(post)Content-Length: 1e2\r\n\r\n\(smuggled)",
        "\(post)Content-Length: 0x10\r\n\r\n\(smuggled)",
        "\(post)Content-Length: 99999999999999999999\r\n\r\n\(smuggled)",
        "\(post)Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n\(smuggled)",
        "\(post)Transfer-Encoding: chunked\r\n\r\n1\r\nxx\r\n\(smuggled)",
        "\(post)Transfer-Encoding: chunked\r\n\r\n-1\r\n\(smuggled)",
        "\(get)Content-Length: \(smuggled.utf8.count)\r\n\r\n\(smuggled)",
        "\(get)Transfer-Encoding: chunked\r\n\r\n\(String(smuggled.utf8.count, radix: 16))\r\n\(smuggled)\r\n0\r\n\r\n",
        "\(get)Content-Length: -1\r\n\r\n\(smuggled)",
        " \(get)\r\n\(smuggled)",
        "GET /wait?channel=carrier&timeout=0\r\n\r\n\(smuggled)",
        "GET /wait?channel=carrier&timeout=0 HTTP/3.0\r\n\r\n\(smuggled)",
        "POST /post?channel=carrier HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n\(smuggled)",
        "POST /post?channel=carrier HTTP/1.1\r\n\r\n\(smuggled)",
    ]
}
