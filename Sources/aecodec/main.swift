import ArgumentParser
import Glibc
import Tool

Heap.settle()
Interruption.install()

do {
  var command = try Aecodec.parseAsRoot()
  try command.run()
} catch {
  exit(Failure.report(error))
}
