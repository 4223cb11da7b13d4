// swift-tools-version: 6.0
import PackageDescription

// Each target is one room with one job; dependencies point only downwards (docs/ARCHITECTURE.md).
let package = Package(
  name: "aecodec",
  products: [
    .executable(name: "aecodec", targets: ["aecodec"]),
    .executable(name: "aeenc", targets: ["aeenc"]),
    .executable(name: "aedec", targets: ["aedec"]),
    .library(name: "Codecs", targets: ["Codecs"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
  ],
  targets: [
    // C libraries (Debian packages: see `Makefile`).
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CSndfile", pkgConfig: "sndfile", providers: [.apt(["libsndfile1-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CSpng", pkgConfig: "spng", providers: [.apt(["libspng-dev"])]),
    .systemLibrary(name: "CMalloc"),
    // What of C libraries cannot be called from Swift: errors that jump, arguments of any number.
    .target(name: "CJpeg", linkerSettings: [.linkedLibrary("jpeg")]),
    .target(name: "CTiff", linkerSettings: [.linkedLibrary("tiff")]),

    // Rooms, from the bottom up.
    .target(name: "CKernels"),
    .target(name: "Bytes", dependencies: ["CZlib", .product(name: "Crypto", package: "swift-crypto")]),
    .target(name: "Tensors", dependencies: ["CKernels"]),
    .target(name: "Layers", dependencies: ["Bytes", "CKernels", "Tensors"]),
    .target(name: "Autoencoders", dependencies: ["Bytes", "CKernels", "Layers", "Tensors"]),
    .target(name: "Prediction", dependencies: ["CKernels"]),
    .target(name: "Entropy", dependencies: ["Bytes", "CZstd"]),
    .target(name: "Container", dependencies: ["Bytes"]),
    .target(name: "Signals", dependencies: ["Bytes", "CJpeg", "CSndfile", "CSpng", "CTiff"]),
    .target(
      name: "Codecs",
      dependencies: ["Autoencoders", "Bytes", "CKernels", "Tensors", "Layers", "Prediction", "Entropy", "Container", "Signals"]),
    .target(name: "Evaluation", dependencies: ["Bytes", "Codecs", "Container", "Entropy", "Signals", "Tensors"]),
    .target(name: "Training", dependencies: ["Autoencoders", "Bytes", "Codecs", "Container", "Evaluation", "Layers", "Signals", "Tensors"]),
    .target(name: "Codes", dependencies: ["Autoencoders", "Bytes", "Codecs", "Container", "Signals", "Tensors"]),
    // What the programs share; no training code, so that the filters have none.
    .target(name: "Tool", dependencies: ["CMalloc", "Codecs", "Container", "Signals"]),
    .executableTarget(name: "aeenc", dependencies: ["Codecs", "Signals", "Tool"]),
    .executableTarget(name: "aedec", dependencies: ["Codecs", "Container", "Signals", "Tool"]),
    .executableTarget(
      name: "aecodec",
      dependencies: [
        "Autoencoders", "Bytes", "Codecs", "Codes", "Container", "Evaluation", "Signals", "Tensors", "Tool", "Training",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      resources: [.embedInCode("Page")]),
    .executableTarget(
      name: "Benchmarks", dependencies: ["Autoencoders", "Layers", "Tensors"], path: "Benchmarks",
      exclude: ["README.md", "near_lossless.py", "peer.py", "run", "speech.sh", "throughput.sh"]),
    .executableTarget(
      name: "Fuzz", dependencies: ["Autoencoders", "Bytes", "Codecs", "Codes", "Container", "Entropy", "Layers", "Signals", "Tensors"], path: "Fuzz"),

    // Tests mirror Sources; Support runs programs for them.
    .target(name: "CChild", path: "Tests/Support/CChild"),
    .target(name: "TestSupport", dependencies: ["CChild"], path: "Tests/Support/TestSupport"),
    .testTarget(name: "BytesTests", dependencies: ["Bytes", "CZlib"]),
    .testTarget(name: "TensorsTests", dependencies: ["Tensors", "CKernels"]),
    .testTarget(name: "LayersTests", dependencies: ["Bytes", "Layers", "Tensors"]),
    .testTarget(name: "AutoencodersTests", dependencies: ["Autoencoders", "Bytes", "Layers", "Tensors"]),
    .testTarget(name: "PredictionTests", dependencies: ["CKernels", "Prediction", "Tensors"]),
    .testTarget(name: "EntropyTests", dependencies: ["Entropy"]),
    .testTarget(name: "ContainerTests", dependencies: ["Container"]),
    .testTarget(name: "SignalsTests", dependencies: ["Signals"]),
    .testTarget(
      name: "CodecsTests",
      dependencies: ["Autoencoders", "Bytes", "CKernels", "Codecs", "Codes", "Container", "Entropy", "Layers", "Signals", "Tensors"]),
    .testTarget(name: "EvaluationTests", dependencies: ["Bytes", "CZlib", "Codecs", "Evaluation", "Signals", "TestSupport"]),
    .testTarget(name: "TrainingTests", dependencies: ["Autoencoders", "Codecs", "Container", "Signals", "Tensors", "Training"]),
    .testTarget(name: "CommandLineTests", dependencies: ["aecodec", "aedec", "aeenc", "Bytes", "Codecs", "Signals", "TestSupport"]),
    .testTarget(name: "FuzzTests", dependencies: ["Fuzz", "TestSupport"]),
  ],
  swiftLanguageModes: [.v6]
)
