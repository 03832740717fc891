import Testing

/// Tests that measure what a server takes or how long it needs: one after the other, so that they do not measure each other.
@Suite("Under load", .serialized)
enum LoadTests {}
