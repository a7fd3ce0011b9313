// What the HTTP server needs of Linux and Swift's Glibc module leaves out: epoll, eventfd, and GNU's additions.
#pragma once

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

// Declared by glibc only where _GNU_SOURCE is set before the first header, which a module cannot do.
int accept4(int socket, struct sockaddr *address, socklen_t *length, int flags);
int pthread_setname_np(pthread_t thread, const char *name);
