import Glibc
import Threads

// Does on purpose what a sanitizer must report, so that a run without reports means something.

switch CommandLine.arguments.dropFirst().first {
case "race": DeliberateRace.run()
case "leak": DeliberateLeak.run()
case "overrun": DeliberateOverrun.run()
default:
    print("usage: SanitizerProbe race | leak | overrun")
    exit(64)
}
