import Synchronization

extension Entry {
    /// The forms in which an entry can be kept ready for its readers; what they are is the readers' matter.
    package enum Form: Int, CaseIterable, Sendable {
        case first, second, third, fourth
    }

    /// The entry in one form: made by the first reader that asks, and shared by all others while the entry is recent.
    ///
    /// - Parameter make: gives the same bytes whoever calls it; two readers at a time may both.
    package func rendering(_ form: Form, _ make: () -> [UInt8]) -> [UInt8] {
        guard let renderings else { return make() }
        if let rendering = renderings.load(form) { return rendering.bytes }
        return renderings.store(Rendering(make()), as: form).bytes
    }
}

/// The bytes of one form.
final class Rendering: Sendable {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }
}

/// A place for each form of one entry, each written once.
final class Renderings: Sendable {
    private let first = AtomicLazyReference<Rendering>()
    private let second = AtomicLazyReference<Rendering>()
    private let third = AtomicLazyReference<Rendering>()
    private let fourth = AtomicLazyReference<Rendering>()

    func load(_ form: Entry.Form) -> Rendering? {
        switch form {
        case .first: first.load()
        case .second: second.load()
        case .third: third.load()
        case .fourth: fourth.load()
        }
    }

    /// - Returns: what is kept: this one, or that of somebody who was first.
    func store(_ rendering: Rendering, as form: Entry.Form) -> Rendering {
        switch form {
        case .first: first.storeIfNil(rendering)
        case .second: second.storeIfNil(rendering)
        case .third: third.storeIfNil(rendering)
        case .fourth: fourth.storeIfNil(rendering)
        }
    }
}
