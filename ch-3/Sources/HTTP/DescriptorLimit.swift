private import Glibc

/// Asks the system for as many descriptors as it allows the process, and gives the number of those that connections may take.
///
/// What a process may have at first, often 1,024, is meant for programs that use `select`. A part is left for everything
/// else, because running out is worse than refusing a connection: libdispatch, on which Swift's threads run, opens a
/// file now and then, and stops the process if it cannot.
func descriptorsForConnections() -> Int {
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    var limit = rlimit()
    guard getrlimit(resource, &limit) == 0 else { return .max }
    var raised = limit
    raised.rlim_cur = limit.rlim_max
    if setrlimit(resource, &raised) == 0 { limit = raised }
    let descriptorsMax = Int(clamping: limit.rlim_cur)
    return max(descriptorsMax - 100, descriptorsMax / 2)
}
