import HTTPTypes

/// The refusals that `/wait` and `/post` share.
extension RequestFailure {
    /// 400: a parameter that the path does not know.
    static func unknown(_ field: FormField, _ place: FormField.Place, known: String) -> RequestFailure {
        RequestFailure(
            .badRequest, parameter: field.echoedName,
            "unknown \(place.rawValue) \(EchoedText(field.name)): leave it out, known are \(known)")
    }

    /// 400: a parameter that may be given once, given twice.
    static func repeated(_ field: FormField, _ place: FormField.Place) -> RequestFailure {
        RequestFailure(
            .badRequest, parameter: field.echoedName,
            "the \(place.rawValue) \(EchoedText(field.name)) is given twice: give it once")
    }

    /// 400: a parameter whose value is not one of its values.
    static func invalid(_ field: FormField, _ advice: String) -> RequestFailure {
        RequestFailure(
            .badRequest, parameter: field.echoedName,
            "the parameter \(EchoedText(field.name)) cannot be \(EchoedText(field.value)): \(advice)")
    }

    /// 400: no channel anywhere.
    static func channelMissing(_ advice: String) -> RequestFailure {
        RequestFailure(.badRequest, parameter: "channel", "the parameter 'channel' is missing: \(advice)")
    }

    /// 400: more channels than one request may name.
    static func tooManyChannels(countMax: Int) -> RequestFailure {
        RequestFailure(
            .badRequest, parameter: "channel",
            "the parameter 'channel' names more than \(countMax) channels: spread them over several requests")
    }
}
