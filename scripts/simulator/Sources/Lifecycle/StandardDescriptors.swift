private import Glibc

/// Takes the places of standard input, output and error where they are closed.
///
/// Otherwise the next file or connection would get such a number, and with it all that is meant for the log. What stands in
/// cannot be written to, so that whoever tries is told.
func occupyStandardDescriptors() {
    while true {
        let descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard descriptor > STDERR_FILENO else {
            if descriptor < 0 { return }
            continue
        }
        close(descriptor)
        return
    }
}
