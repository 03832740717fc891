import Threads

@testable import Trunkline

/// Makes posts and notes their answers, by number.
final class PostRecorder: Sendable {
    typealias Answer = Result<Void, TrunklineError>

    private let answers = Locked<[Int: [Answer]]>([:])

    func post(
        _ number: Int, _ items: [(ChannelName, Payload)], until deadline: MonotonicInstant = .now + .seconds(3_600),
        checkedFor encoding: TextEncoding? = .utf8
    ) -> Post {
        Post(
            items: items.map { .init(channel: $0.0, payload: $0.1) }, deadline: deadline, checkedFor: encoding,
            completion: { [answers] answer in answers.withLock { $0[number, default: []].append(answer) } })
    }

    /// The codes of all answers to one post; `nil` stands for success.
    func codes(_ number: Int) -> [TrunklineError.Code?] {
        answers.withLock { $0[number] ?? [] }.map { answer in
            if case .failure(let error) = answer { error.code } else { nil }
        }
    }

    func message(_ number: Int) -> String? {
        answers.withLock { $0[number] ?? [] }.compactMap { answer in
            if case .failure(let error) = answer { error.message } else { nil }
        }.first
    }

    var answeredCount: Int { answers.withLock { $0.count } }
}
