/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Messages to systemd, for app.c and reload.c: a datagram to the socket that $NOTIFY_SOCKET names.
 */
#include "controlplane/notify.h"

#include "controlplane/loop/loop.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define AGAIN_MS 100 /* until a manager whose socket is full is told again */

static struct {
	struct cgn_timerq *timers; /* NULL: messages are sent only once */
	struct cgn_timer timer;
	const char *state; /* to be sent again */
} pending;

/* Try once, without waiting. */
static int
send_now(const char *path, const char *state)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	socklen_t len;
	int ret = 0;
	int fd;

	if (strlen(path) >= sizeof(sa.sun_path))
		return -ENAMETOOLONG;
	memcpy(sa.sun_path, path, strlen(path));
	len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	if (path[0] == '@')
		sa.sun_path[0] = '\0'; /* the abstract name space */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (sendto(fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&sa,
			    len) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

static void
again(void *arg, uint64_t now_ms)
{
	(void)arg;
	(void)now_ms;
	(void)cgn_notify_send(pending.state);
}

int
cgn_notify_send(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	int ret;

	if (path == NULL || path[0] == '\0')
		return 0;
	ret = send_now(path, state);
	if (pending.timers == NULL)
		return ret;
	cgn_timerq_cancel(pending.timers, &pending.timer);
	if (ret != -EAGAIN)
		return ret;
	/* Only the newest state is sent again. Older ones are no longer true. */
	pending.state = state;
	return cgn_timerq_set(pending.timers, &pending.timer, cgn_loop_now_ms() + AGAIN_MS);
}

int
cgn_notify_reloading(void)
{
	static char state[64];
	struct timespec now;

	/* systemd takes a later READY=1 as the end of this reload only if it knows when the reload has begun. */
	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%llu",
			(unsigned long long)now.tv_sec * 1000000 +
					(unsigned long long)now.tv_nsec / 1000);
	return cgn_notify_send(state);
}

void
cgn_notify_attach(struct cgn_timerq *timers)
{
	if (pending.timers != NULL)
		cgn_timerq_cancel(pending.timers, &pending.timer);
	pending.timers = timers;
	pending.timer.fire = again;
}
