import HTTPTypes
import MicroHTTPD
import Trunkline

/// The answer of `/channels`: every channel that is read, or was until a moment ago.
enum ChannelsAnswer {
    static func response(_ channels: [ChannelFacts]) -> Response {
        var json = Array("{\"channels\":[".utf8)
        for (index, facts) in channels.enumerated() {
            if index > 0 { json.append(UInt8(ascii: ",")) }
            json += Array("{\"channel\":".utf8)
            JSONString.append(TextFormat.repaired(facts.name.bytes), to: &json)
            json += Array(
                """
                ,"readers":\(facts.readerCount),"kept":\(facts.keptCount),"bytes":\(facts.keptByteCount),\
                "position":\(facts.position),"floor":\(facts.floor),"listening":\(facts.isListening)}
                """.utf8)
        }
        json += Array("]}\n".utf8)
        return Response(
            status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"], body: json)
    }
}
