import Foundation

/// What went wrong with the browser, in a sentence.
package struct BrowserError: Error, CustomStringConvertible {
  package let description: String
}

/// A headless Chromium with one page, driven by the DevTools protocol over a pipe. Used by one thread at a time; ends with its owner.
package final class Browser {
  /// Where Chromium is; nil if it is nowhere.
  package static let program = ["chromium", "chromium-browser", "google-chrome"].map { URL(filePath: "/usr/bin/\($0)") }
    .first { FileManager.default.isExecutableFile(atPath: $0.path) }

  private let child: Child
  private let requests: ChildPipe
  private let answers: ChildPipe
  private let profile: URL
  private let limit: Duration
  private var end: ContinuousClock.Instant
  private var session: String?
  private var lastID = 0
  private var held = Data()
  /// What the page complained of: exceptions, errors on the console, refused loads.
  package private(set) var complaints: [String] = []

  /// - Parameter limit: all that is asked of a page has to be done within this time.
  /// - Throws: `BrowserError` if it does not start.
  package init(limit: Duration) throws {
    guard let program = Browser.program else { throw BrowserError(description: "there is no Chromium") }
    _ = signal(SIGPIPE, SIG_IGN)
    (self.limit, end) = (limit, .now + limit)
    profile = FileManager.default.temporaryDirectory.appending(path: "aecodec-browser-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: profile, withIntermediateDirectories: true)
    (requests, answers) = (try ChildPipe(), try ChildPipe())
    // The protocol is spoken over descriptors 3 and 4. The sandbox needs rights that a container does not give; the page is our own.
    let arguments = [
      "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars", "--remote-debugging-pipe",
      "--user-data-dir=\(profile.path)", "about:blank",
    ]
    child = try Child(
      URL(filePath: "/bin/sh"), ["-c", "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null", program.path] + arguments, in: profile,
      environment: ["HOME": profile.path], input: requests.reading, output: answers.writing)
    requests.closeReading()
    answers.closeWriting()
    let target = try call("Target.createTarget", ["url": "about:blank"])["targetId"]
    session = try call("Target.attachToTarget", ["targetId": target ?? "", "flatten": true])["sessionId"] as? String
    for domain in ["Page", "Runtime", "Log"] { try call("\(domain).enable") }
  }

  deinit {
    session = nil
    _ = try? call("Browser.close")
    requests.closeWriting()
    // It ends by itself and closes its pipe, which lets the profile be removed; a hanging one is ended.
    var ready = pollfd(fd: answers.reading, events: Int16(POLLIN), revents: 0)
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while poll(&ready, 1, 10_000) > 0, read(answers.reading, &buffer, buffer.count) > 0 {}
    child.send(SIGKILL)
    _ = child.wait()
    try? FileManager.default.removeItem(at: profile)
  }

  /// Calls a method of the protocol and waits for its result.
  @discardableResult
  package func call(_ method: String, _ parameters: [String: Any] = [:]) throws -> [String: Any] {
    lastID += 1
    var message: [String: Any] = ["id": lastID, "method": method, "params": parameters]
    message["sessionId"] = session
    try FileHandle(fileDescriptor: requests.writing, closeOnDealloc: false).write(
      contentsOf: try JSONSerialization.data(withJSONObject: message) + [0])
    while true {
      let answer = try nextMessage()
      if answer["id"] as? Int == lastID {
        if let error = answer["error"] { throw BrowserError(description: "\(method): \(error)") }
        return answer["result"] as? [String: Any] ?? [:]
      }
      note(answer)
    }
  }

  private func nextMessage() throws -> [String: Any] {
    while true {
      if let zero = held.firstIndex(of: 0) {
        defer { held = Data(held[(zero + 1)...]) }
        return try JSONSerialization.jsonObject(with: held[..<zero]) as? [String: Any] ?? [:]
      }
      var ready = pollfd(fd: answers.reading, events: Int16(POLLIN), revents: 0)
      let left = ContinuousClock.now.duration(to: end).components.seconds
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      guard left > 0, poll(&ready, 1, Int32(clamping: left * 1000)) > 0, case let count = read(answers.reading, &buffer, buffer.count), count > 0
      else {
        throw BrowserError(description: "the browser says nothing more")
      }
      held += buffer[..<count]
    }
  }

  private func note(_ event: [String: Any]) {
    let parameters = event["params"] as? [String: Any] ?? [:]
    switch event["method"] as? String {
    case "Runtime.exceptionThrown": complaints.append("\(parameters["exceptionDetails"] ?? "")")
    case "Runtime.consoleAPICalled" where ["error", "warning", "assert"].contains(parameters["type"] as? String): complaints.append("\(parameters)")
    case "Log.entryAdded": complaints.append("\(parameters["entry"] ?? "")")
    default: break
    }
  }

  /// Opens a page and waits until an expression in it is true. Complaints begin anew.
  package func open(_ file: URL, until expression: String) throws {
    end = .now + limit
    complaints = []
    try call("Page.navigate", ["url": file.absoluteString])
    try wait(until: expression)
  }

  /// Waits until an expression in the page is true; only the overall limit ends that.
  package func wait(until expression: String) throws {
    // Looked at once a frame; while a page is being left there may be nothing to ask.
    while (try? value("new Promise((done) => requestAnimationFrame(() => done(Boolean(\(expression)))))")) as? Bool != true {
      guard ContinuousClock.now < end else { throw BrowserError(description: "never came true: \(expression)") }
    }
  }

  /// The value of an expression in the page, promises awaited.
  @discardableResult
  package func value(_ expression: String) throws -> Any? {
    let answer = try call("Runtime.evaluate", ["expression": expression, "awaitPromise": true, "returnByValue": true])
    if let details = answer["exceptionDetails"] { throw BrowserError(description: "\(expression): \(details)") }
    return (answer["result"] as? [String: Any])?["value"]
  }

  package func number(_ expression: String) throws -> Double { (try value(expression) as? NSNumber)?.doubleValue ?? .nan }

  package func strings(_ expression: String) throws -> [String] { try value(expression) as? [String] ?? [] }

  /// The size of the page in CSS pixels, and which colours the system wants.
  package func show(width: Int, height: Int, isDark: Bool = false, isPhone: Bool = false) throws {
    try call("Emulation.setDeviceMetricsOverride", ["width": width, "height": height, "deviceScaleFactor": 1, "mobile": isPhone])
    try call("Emulation.setEmulatedMedia", ["features": [["name": "prefers-color-scheme", "value": isDark ? "dark" : "light"]]])
  }

  /// Presses a key where the focus is.
  package func press(_ key: String) throws {
    let text: [String: Any] = key.count == 1 ? ["text": key] : key == "Enter" ? ["text": "\r"] : [:]
    let codes = ["Enter": 13, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "Tab": 9, "Home": 36, "End": 35]
    for type in ["keyDown", "keyUp"] {
      let event: [String: Any] = ["type": type, "key": key, "windowsVirtualKeyCode": codes[key] ?? 0]
      try call("Input.dispatchKeyEvent", type == "keyDown" ? event.merging(text) { $1 } : event)
    }
  }

  /// A picture of what is seen, as PNG.
  package func picture() throws -> Data {
    let answer = try call("Page.captureScreenshot", ["format": "png"])
    guard let data = (answer["data"] as? String).flatMap({ Data(base64Encoded: $0) }) else { throw BrowserError(description: "no picture") }
    return data
  }
}
