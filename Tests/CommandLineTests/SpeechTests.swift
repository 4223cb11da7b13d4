import Foundation
import TestSupport
import Testing

/// A voice, as a user runs the programs on it.
@Suite struct Speech {
  let place: Workplace

  init() throws {
    place = try Workplace()
    try FileManager.default.copyItem(at: root.appending(path: "samples/voice.wav"), to: place.path("voice.wav"))
  }

  /// Where no codec is named sound goes through the one for speech, and what is told of it is what a listener asks.
  @Test func soundHasACodecOfItsOwn() throws {
    let summary = try place.need("encode", "voice.wav", "-q", "20").err
    #expect(summary.contains(" kbit/s, sound up to 8.00 kHz, ") && !summary.contains("PRDN"))
    let told = try #require(place.need("info", "voice.wav.aec", "--json").objects.first)
    #expect((told["codec"] as? [String: Any])?["name"] as? String == "speech")
    #expect(try place.bytes("voice.wav.aec").count < place.bytes("voice.wav").count / 30)
    try place.need("decode", "voice.wav.aec", "-o", "back.wav")
    #expect(try place.bytes("back.wav").count == place.bytes("voice.wav").count && place.bytes("back.wav") != place.bytes("voice.wav"))
    try place.need("verify", "voice.wav.aec")
    let reached = try #require(place.need("encode", "voice.wav", "--bitrate", "6000", "-o", "b.aec", "--json").objects.first)
    let rate = try #require(reached["kilobits_per_second"] as? Double)
    #expect(rate <= 6 && rate > 5.7 && reached["band"] as? Double == 8000)
  }

  /// From pipe to pipe without a name, as from a file.
  @Test func voicesGoThroughPipes() throws {
    let raw = try place.bytes("voice.wav").dropFirst(44)
    let encoded = try place.need("encode", "--raw", "s16le", "--rate", "16000", "-", "-q", "10", stdin: Data(raw)).out
    let decoded = try place.need("decode", "-", stdin: encoded).out
    #expect(decoded.count == raw.count)
    try place.write(Data(raw), "voice.raw")
    try place.need("encode", "--raw", "s16le", "--rate", "16000", "voice.raw", "-q", "10", "-o", "voice.aec")
    #expect(try place.bytes("voice.aec") == encoded)
    // Packets of a second, each as soon as it is over.
    let packets = try place.need("encode", "--raw", "s16le", "--rate", "16000", "-", "-q", "10", "--packet", "1", stdin: Data(raw)).out
    #expect(try place.need("decode", "-", stdin: packets).out.count == raw.count && packets.count < encoded.count * 3 / 2)
  }

  @Test func otherRatesAreSaid() throws {
    let raw = try place.bytes("voice.wav").dropFirst(44)
    let outcome = try place.need("encode", "--raw", "s16le", "--rate", "44100", "--channels", "2", "-", "-o", "x.aec", stdin: Data(raw))
    #expect(outcome.err.contains("the codec speech was trained on speech, and keeps what lies below 8.00 kHz; --lossless keeps all"))
    #expect(try place.need("decode", "x.aec", "-o", "-").out.count == raw.count)
    try place.need("encode", "--raw", "s16le", "--rate", "44100", "--channels", "2", "-", "-o", "y.aec", "--lossless", stdin: Data(raw))
    #expect(try place.need("decode", "y.aec", "-o", "-").out == Data(raw))
  }
}
