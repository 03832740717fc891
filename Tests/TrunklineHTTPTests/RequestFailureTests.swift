import Foundation
import HTTPTypes
import Testing

@testable import Trunkline
@testable import TrunklineHTTP

@Suite("A refusal")
struct RequestFailureTests {
    private let failure = RequestFailure(.badRequest, parameter: "limit", "the parameter 'limit' cannot be 0: give it 1")

    @Test("is one line of text")
    func asText() {
        let rendered = failure.rendered(asJSON: false)
        #expect(rendered.status == .badRequest)
        #expect(rendered.fields[.contentType] == "text/plain; charset=utf-8")
        #expect(text(rendered.body) == "the parameter 'limit' cannot be 0: give it 1\n")
    }

    @Test("is a problem document where JSON is accepted")
    func asProblem() throws {
        let rendered = failure.rendered(asJSON: true)
        #expect(rendered.fields[.contentType] == "application/problem+json")
        #expect(
            text(rendered.body)
                == #"{"type":"about:blank","title":"Bad Request","status":400,"#
                + #""detail":"the parameter 'limit' cannot be 0: give it 1","parameter":"limit"}"# + "\n")
    }

    @Test("has no parameter in the document where it is about none")
    func withoutParameter() throws {
        let rendered = RequestFailure(.notFound, "there is nothing").rendered(asJSON: true)
        let document = try #require(try JSONSerialization.jsonObject(with: Data(rendered.body)) as? [String: Any])
        #expect(Set(document.keys) == ["type", "title", "status", "detail"])
        #expect(document["title"] as? String == "Not Found")
        #expect(document["status"] as? Int == 404)
    }

    @Test(
        "is valid JSON whatever its sentence holds", arguments: ["\"", "\\", "\u{1}", "a\"b\\c", "ä🐘", "\u{7F}", "</script>"])
    func escaping(detail: String) throws {
        let failure = RequestFailure(.badRequest, parameter: detail, "x \(detail) y")
        let document = try #require(
            try JSONSerialization.jsonObject(with: Data(failure.rendered(asJSON: true).body)) as? [String: Any])
        #expect(document["detail"] as? String == failure.detail)
        #expect(document["parameter"] as? String == detail)
    }

    @Test(
        "stays on one line whatever words it was given",
        arguments: [
            "a\nb", "a\r\nb", "a\u{2028}b", "a\u{2029}b", "a\u{85}b", "a\u{0B}b", "a\u{1B}b", "a\u{202E}b", "a\0b", "a\tb",
        ])
    func oneLine(words: String) {
        let detail = RequestFailure(.serviceUnavailable, words).detail
        #expect(detail.hasPrefix("a ") && detail.hasSuffix(" b"))
        #expect(detail.unicodeScalars.allSatisfy { $0 == "a" || $0 == "b" || $0 == " " })
    }

    @Test("keeps other letters than ASCII")
    func letters() {
        #expect(RequestFailure(.badRequest, "Fehler: 1–63 Bytes für ä").detail == "Fehler: 1–63 Bytes für ä")
    }

    @Test("is never taken for a page")
    func nosniff() {
        #expect(failure.rendered(asJSON: false).fields[.xContentTypeOptions] == "nosniff")
        #expect(failure.rendered(asJSON: true).fields[.xContentTypeOptions] == "nosniff")
    }

    @Test(
        "always says when to try again if that may help", arguments: [HTTPResponse.Status.serviceUnavailable, .tooManyRequests])
    func retryAfter(status: HTTPResponse.Status) {
        #expect(RequestFailure(status, "busy").rendered(asJSON: false).fields[.retryAfter] == "1")
        #expect(RequestFailure(status, "busy", retryAfterSeconds: 7).rendered(asJSON: true).fields[.retryAfter] == "7")
    }

    @Test("says nothing of it otherwise", arguments: [HTTPResponse.Status.badRequest, .gatewayTimeout, .contentTooLarge])
    func noRetryAfter(status: HTTPResponse.Status) {
        #expect(RequestFailure(status, "no", retryAfterSeconds: 7).headers[.retryAfter] == nil)
    }

    @Test("keeps the headers its status demands")
    func headers() {
        let failure = RequestFailure(.methodNotAllowed, "no", headers: [.allow: "GET, HEAD"])
        #expect(failure.rendered(asJSON: false).fields[.allow] == "GET, HEAD")
        #expect(failure.rendered(asJSON: true).fields[.allow] == "GET, HEAD")
    }

    @Test(
        "has the status of the library's error",
        arguments: [
            (TrunklineError.Code.channelInvalid, 400, "channel"), (.payloadTooLarge, 413, "payload"),
            (.notRepresentable, 422, nil), (.duplicate, 422, nil), (.listenRefused, 503, "channel"), (.overLimit, 503, nil),
            (.notPosted, 503, nil), (.outcomeUnknown, 504, nil), (.stopping, 503, nil), (.cancelled, 503, nil),
            (.configuration, 503, nil), (TrunklineError.Code(description: "new"), 500, nil),
        ])
    func library(code: TrunklineError.Code, status: Int, parameter: String?) {
        let failure = RequestFailure(TrunklineError(code, "what and why"), retryAfterSeconds: 3)
        #expect(failure.status.code == status)
        #expect(failure.parameter == parameter)
        #expect(failure.detail == "what and why")
        #expect(failure.headers[.retryAfter] == (status == 503 ? "3" : nil))
        #expect(!failure.closesConnection)
    }

    @Test("says where in the request the library's error comes from")
    func place() {
        let failure = RequestFailure(TrunklineError(.notRepresentable, "no NUL"), parameter: "payload", at: "line 3")
        #expect(failure.detail == "line 3: no NUL")
        #expect(failure.parameter == "payload")
    }
}
