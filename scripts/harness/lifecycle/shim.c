// Loaded into the server with LD_PRELOAD: lets system calls fail, or do less than asked, as a file in memory says.
//
// Only calls by the program itself are touched, not those of Swift's runtime: that one would wait by a clock that the
// kernel's timers know nothing of.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

// failures.py writes the first part and reads the counters.
struct control {
    int64_t accept_errno, accept_percent;
    int64_t epoll_errno, epoll_percent;
    int64_t send_bytes_max, send_eintr_percent;
    int64_t recv_eintr_percent;
    int64_t realtime_offset, monotonic_offset; // nanoseconds
    int64_t accept_failed, epoll_failed, send_touched, recv_touched, clock_touched;
};

static struct control *control;
static uintptr_t program_start, program_end;
static unsigned seed = 1;

// The first object is the program.
static int note_program(struct dl_phdr_info *info, size_t size, void *data) {
    (void)size, (void)data;
    program_start = program_end = info->dlpi_addr;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        uintptr_t end = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz;
        if (info->dlpi_phdr[i].p_type == PT_LOAD && end > program_end) program_end = end;
    }
    return 1;
}

__attribute__((constructor)) static void open_control(void) {
    const char *path = getenv("SHIM_CONTROL");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *memory = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (memory == MAP_FAILED) return;
    dl_iterate_phdr(note_program, NULL);
    control = memory;
}

#define CALLED_BY_PROGRAM \
    (control && (uintptr_t)__builtin_return_address(0) - program_start < program_end - program_start)
#define REAL(name) ({ static typeof(&name) real; if (!real) real = (typeof(&name))dlsym(RTLD_NEXT, #name); real; })

static int happens(int64_t percent) {
    return percent > 0 && (__atomic_add_fetch(&seed, 1, __ATOMIC_RELAXED) * 2654435761u >> 16) % 100 < percent;
}

static void count(int64_t *counter) { __atomic_add_fetch(counter, 1, __ATOMIC_RELAXED); }

int accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags) {
    if (CALLED_BY_PROGRAM && happens(control->accept_percent)) {
        count(&control->accept_failed);
        errno = (int)control->accept_errno;
        return -1;
    }
    return REAL(accept4)(descriptor, address, length, flags);
}

int epoll_ctl(int poll, int operation, int descriptor, struct epoll_event *event) {
    if (CALLED_BY_PROGRAM && operation == EPOLL_CTL_ADD && happens(control->epoll_percent)) {
        count(&control->epoll_failed);
        errno = (int)control->epoll_errno;
        return -1;
    }
    return REAL(epoll_ctl)(poll, operation, descriptor, event);
}

ssize_t send(int descriptor, const void *bytes, size_t length, int flags) {
    if (CALLED_BY_PROGRAM) {
        if (happens(control->send_eintr_percent)) {
            count(&control->send_touched);
            errno = EINTR;
            return -1;
        }
        if (control->send_bytes_max > 0 && length > (size_t)control->send_bytes_max) {
            count(&control->send_touched);
            length = (size_t)control->send_bytes_max;
        }
    }
    return REAL(send)(descriptor, bytes, length, flags);
}

ssize_t recv(int descriptor, void *bytes, size_t length, int flags) {
    // Not fewer bytes than there are: after a short read the socket is empty (epoll(7)), and the server relies on that.
    if (CALLED_BY_PROGRAM && happens(control->recv_eintr_percent)) {
        count(&control->recv_touched);
        errno = EINTR;
        return -1;
    }
    return REAL(recv)(descriptor, bytes, length, flags);
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = REAL(clock_gettime)(clock, time);
    if (result != 0 || !CALLED_BY_PROGRAM) return result;
    int64_t offset = clock == CLOCK_REALTIME    ? control->realtime_offset
                     : clock == CLOCK_MONOTONIC ? control->monotonic_offset
                                                : 0;
    if (offset != 0) count(&control->clock_touched);
    time->tv_sec += offset / 1000000000;
    time->tv_nsec += offset % 1000000000;
    if (time->tv_nsec < 0) time->tv_sec--, time->tv_nsec += 1000000000;
    if (time->tv_nsec >= 1000000000) time->tv_sec++, time->tv_nsec -= 1000000000;
    return 0;
}

time_t time(time_t *result) {
    time_t now = REAL(time)(NULL);
    if (CALLED_BY_PROGRAM && control->realtime_offset != 0) {
        count(&control->clock_touched);
        now += control->realtime_offset / 1000000000;
    }
    if (result) *result = now;
    return now;
}
