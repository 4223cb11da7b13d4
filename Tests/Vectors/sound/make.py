"""Makes the lossy sound files of `Tests/Vectors/sound`: a tone of its own in each channel, 0.1 s."""
import sys, numpy, soundfile
t = numpy.arange(4800) / 48000
for name, kind, form, channels in [("tone.ogg", "OGG", "VORBIS", 2), ("tone.opus", "OGG", "OPUS", 1), ("tone.mp3", "MP3", "MPEG_LAYER_III", 2), ("surround.ogg", "OGG", "VORBIS", 6)]:
    with soundfile.SoundFile(f"{sys.argv[1]}/{name}", "w", 48000, channels, form, format=kind) as file:
        file.title, file.artist = "Tone", "Test"
        file.write(numpy.stack([0.4 * numpy.sin(2 * numpy.pi * 300 * (c + 1) * t) for c in range(channels)], 1))
