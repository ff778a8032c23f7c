/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Connects to a collector and sends, with sockets that do not block.
 */
#include "controlplane/export/export_net.h"

#include "controlplane/export/export_tls.h"
#include "shared/clock_ms.h"
#include "shared/log.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <resolv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define QUIET_MS    1000 /* a datagram after such a pause waits for an ICMP error */
#define WAIT_MS     1    /* between two looks at something that poll() does not see */
#define KEEPALIVE_S 60   /* a connection without records is looked at after this time */
#define DRAIN_MAX   64   /* reads at once */

CGN_LOG_TYPE("export");

/* How far the connection is. */
enum net_state {
	CLOSED,
	CONNECTING,
	SHAKING, /* TLS: the handshake is under way */
	SETTLING, /* TLS: the collector may still refuse the certificate of cgnd (RFC 8446 section 4.4.2.4) */
	OPEN,
};

struct cgn_export_net {
	struct cgn_target to;
	char *files[3]; /* ca, cert, key */
	uint32_t timeout_ms;
	enum net_state state;
	int fd;
	struct cgn_export_tls *tls;
	struct addrinfo *addrs; /* while it is opened */
	const struct addrinfo *next;
	int64_t end_ms;     /* while it is opened: when this address is given up */
	int64_t sent_ms;    /* UDP: when the last datagram was sent; 0: none yet */
	int64_t stalled_ms; /* since when the other end takes nothing; 0: it does */
	size_t unacked;     /* at the last look */
	char why[CGN_EXPORT_TLS_WHY_MAX];
	char said[CGN_EXPORT_TLS_WHY_MAX]; /* the last reason in the log */
};

static int
drain_plain(const struct cgn_export_net *n)
{
	char octets[256];
	ssize_t got = 1;

	for (unsigned int i = 0; i < DRAIN_MAX && got > 0; i++)
		got = recv(n->fd, octets, sizeof(octets), 0);
	if (got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR)))
		return 0;
	return got == 0 ? -ECONNRESET : -errno;
}

/* Read what the other end sends, and drop it. @return 0; -errno: it has left */
static int
drain(struct cgn_export_net *n)
{
	if (n->to.transport == CGN_TARGET_UDP)
		return 0;
	return n->tls != NULL ? cgn_export_tls_drain(n->tls, n->why) : drain_plain(n);
}

/* --- life -------------------------------------------------------------------------------------- */

int
cgn_export_net_create(struct cgn_export_net **out, const struct cgn_export_net_cfg *cfg)
{
	const char *const files[] = { cfg->ca, cfg->cert, cfg->key };
	struct cgn_export_net *n = calloc(1, sizeof(*n));

	if (n == NULL)
		return -ENOMEM;
	n->fd = -1;
	n->to = *cfg->to;
	n->timeout_ms = cfg->timeout_ms;
	for (unsigned int i = 0; i < 3; i++) {
		n->files[i] = strdup(files[i]);
		if (n->files[i] == NULL) {
			cgn_export_net_destroy(n);
			return -ENOMEM;
		}
	}
	*out = n;
	return 0;
}

/* Leave one address. */
static void
hang_up(struct cgn_export_net *n)
{
	cgn_export_tls_destroy(n->tls);
	n->tls = NULL;
	if (n->fd >= 0)
		close(n->fd);
	n->fd = -1;
	n->state = CLOSED;
}

static void
forget_addresses(struct cgn_export_net *n)
{
	if (n->addrs != NULL)
		freeaddrinfo(n->addrs);
	n->addrs = NULL;
	n->next = NULL;
}

void
cgn_export_net_close(struct cgn_export_net *n)
{
	/* The kernel answers unread octets with a reset, which would take the last records with it. */
	if (n->state == OPEN && drain(n) == 0 && n->tls != NULL)
		cgn_export_tls_end(n->tls);
	n->why[0] = '\0';
	hang_up(n);
	forget_addresses(n);
}

void
cgn_export_net_destroy(struct cgn_export_net *n)
{
	if (n == NULL)
		return;
	cgn_export_net_close(n);
	for (unsigned int i = 0; i < 3; i++)
		free(n->files[i]);
	free(n);
}

/* --- connect ----------------------------------------------------------------------------------- */

/* A sink is tried again each second, so one quick question to each resolver is enough. The defaults of glibc make a thread
 * wait for half a minute if there is no answer, and cgnd could not stop it. */
static void
hurry_resolver(void)
{
	if (res_init() < 0)
		return;
	_res.retrans = 1;
	_res.retry = 1;
}

static int
resolve(struct cgn_export_net *n)
{
	struct addrinfo hints = {
		.ai_socktype = n->to.transport == CGN_TARGET_UDP ? SOCK_DGRAM : SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV | (n->to.is_address ? AI_NUMERICHOST : 0),
	};
	char port[8];
	int ret;

	snprintf(port, sizeof(port), "%u", n->to.port);
	if (!n->to.is_address)
		hurry_resolver();
	ret = getaddrinfo(n->to.host, port, &hints, &n->addrs);
	if (ret != 0) {
		snprintf(n->why, sizeof(n->why), "%s", gai_strerror(ret));
		n->addrs = NULL;
		return -EHOSTUNREACH;
	}
	n->next = n->addrs;
	return 0;
}

static void
set_options(const struct cgn_export_net *n)
{
	const int on = 1, idle = KEEPALIVE_S, fragment = IP_PMTUDISC_DONT;
	const unsigned int timeout = n->timeout_ms;

	if (n->to.transport == CGN_TARGET_UDP) {
		/* Routers may fragment: a record that is longer than the path allows must not get lost. */
		(void)setsockopt(n->fd, IPPROTO_IP, IP_MTU_DISCOVER, &fragment, sizeof(fragment));
		return;
	}
	(void)setsockopt(n->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	(void)setsockopt(n->fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	/* Also ends a connection whose other end has vanished while the kernel keeps the last records. */
	(void)setsockopt(n->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof(timeout));
}

/* Begin with the next address. */
static int
dial(struct cgn_export_net *n)
{
	n->end_ms = cgn_clock_ms(CLOCK_MONOTONIC) + n->timeout_ms;
	n->fd = socket(n->next->ai_family, n->next->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (n->fd < 0)
		return -errno;
	set_options(n);
	n->state = CONNECTING;
	if (connect(n->fd, n->next->ai_addr, n->next->ai_addrlen) < 0 && errno != EINPROGRESS)
		return -errno;
	return 0;
}

/* @return 0: it is ready; -EINPROGRESS: not yet */
static int
wait_for(const struct cgn_export_net *n, short events)
{
	struct pollfd p = { .fd = n->fd, .events = events };

	return poll(&p, 1, CGN_EXPORT_NET_WAIT_MS) > 0 ? 0 : -EINPROGRESS;
}

/* The error that has come for the socket since the last call. */
static int
pending_error(const struct cgn_export_net *n)
{
	socklen_t size = sizeof(int);
	int error = 0;

	if (getsockopt(n->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		return -errno;
	return -error;
}

static int
finish_connect(struct cgn_export_net *n)
{
	const struct cgn_export_tls_cfg cfg = {
		.to = &n->to,
		.ca = n->files[0],
		.cert = n->files[1],
		.key = n->files[2],
	};
	int ret = wait_for(n, POLLOUT);

	if (ret == 0)
		ret = pending_error(n);
	if (ret < 0)
		return ret;
	n->state = n->to.transport == CGN_TARGET_TLS ? SHAKING : OPEN;
	return n->state == SHAKING ? cgn_export_tls_create(&n->tls, &cfg, n->fd, n->why) : 0;
}

static int
shake(struct cgn_export_net *n)
{
	int ret = cgn_export_tls_shake(n->tls, n->why);

	/* Also if more has come: a collector whose answer never ends must not keep the thread. */
	if (ret == -EINPROGRESS)
		(void)wait_for(n, cgn_export_tls_events(n->tls));
	if (ret == 0)
		n->state = SETTLING;
	return ret;
}

/* In TLS 1.3 the handshake is over for cgnd before the collector has looked at the certificate of cgnd. Records that are
 * sent then would be lost. */
static int
let_settle(struct cgn_export_net *n)
{
	(void)wait_for(n, POLLIN);
	n->state = OPEN;
	return cgn_export_tls_drain(n->tls, n->why);
}

/* One step with the present address. */
static int
connect_step(struct cgn_export_net *n)
{
	switch (n->state) {
	case CLOSED:
		return dial(n);
	case CONNECTING:
		return finish_connect(n);
	case SHAKING:
		return shake(n);
	case SETTLING:
		return let_settle(n);
	case OPEN:
		break;
	}
	return 0;
}

/* Go on with the present address. */
static int
connect_one(struct cgn_export_net *n)
{
	int ret = 0;

	while (ret == 0 && n->state != OPEN)
		ret = connect_step(n);
	if (ret == -EINPROGRESS && cgn_clock_ms(CLOCK_MONOTONIC) >= n->end_ms)
		ret = -ETIMEDOUT;
	return ret;
}

static int
connect_any(struct cgn_export_net *n)
{
	int ret = n->addrs == NULL ? resolve(n) : 0;

	while (ret == 0) {
		ret = connect_one(n);
		if (ret == 0 || ret == -EINPROGRESS)
			return ret;
		hang_up(n);
		n->next = n->next->ai_next;
		if (n->next != NULL)
			ret = 0;
	}
	return ret;
}

/* The sink tries again each second: say each reason once. */
static void
say_why(struct cgn_export_net *n, int ret)
{
	char to[CGN_TARGET_TEXT_MAX];

	if (n->why[0] == '\0')
		snprintf(n->why, sizeof(n->why), "%s", strerror(-ret));
	if (strcmp(n->why, n->said) != 0)
		CGN_LOG(COLLECTOR_FAILS, "collector does not take records target=%s reason=\"%s\"",
				cgn_target_format(&n->to, to), n->why);
	memcpy(n->said, n->why, sizeof(n->said));
	n->why[0] = '\0';
}

int
cgn_export_net_open(struct cgn_export_net *n)
{
	int ret = connect_any(n);

	if (ret == -EINPROGRESS)
		return ret;
	forget_addresses(n);
	if (ret < 0) {
		say_why(n, ret);
		return ret;
	}
	n->sent_ms = n->stalled_ms = 0;
	n->unacked = 0;
	return 0;
}

/* --- send -------------------------------------------------------------------------------------- */

/* The other end takes nothing now. */
static int
stall(struct cgn_export_net *n)
{
	int64_t now = cgn_clock_ms(CLOCK_MONOTONIC);

	if (n->stalled_ms == 0)
		n->stalled_ms = now;
	return now - n->stalled_ms < n->timeout_ms ? -EINPROGRESS : -ETIMEDOUT;
}

static int
stall_for(struct cgn_export_net *n, short events)
{
	return wait_for(n, events) == 0 ? -EINPROGRESS : stall(n);
}

static ssize_t
send_plain(struct cgn_export_net *n, const void *data, size_t len)
{
	ssize_t sent = send(n->fd, data, len, MSG_NOSIGNAL);

	if (sent >= 0)
		return sent;
	if (errno == ENOBUFS) { /* the queue of an interface is full, which poll() does not see */
		(void)poll(NULL, 0, WAIT_MS);
		return -EINPROGRESS;
	}
	return errno == EAGAIN || errno == EINTR ? -EINPROGRESS : -errno;
}

/* An ICMP error is about a datagram before. The first one after a pause waits for its own error. */
static ssize_t
send_datagram(struct cgn_export_net *n, const void *data, size_t len)
{
	int64_t now = cgn_clock_ms(CLOCK_MONOTONIC);
	bool is_alone = n->sent_ms == 0 || now - n->sent_ms >= QUIET_MS;
	ssize_t sent = send_plain(n, data, len);
	int ret;

	if (sent < 0)
		return sent;
	ret = is_alone && wait_for(n, 0) == 0 ? pending_error(n) : 0;
	if (ret < 0)
		return ret;
	n->sent_ms = now;
	return sent;
}

static ssize_t
send_any(struct cgn_export_net *n, const void *data, size_t len)
{
	int ret;

	if (n->to.transport == CGN_TARGET_UDP)
		return send_datagram(n, data, len);
	ret = drain(n);
	if (ret < 0)
		return ret;
	return n->tls != NULL ? cgn_export_tls_send(n->tls, data, len, n->why)
			      : send_plain(n, data, len);
}

ssize_t
cgn_export_net_send(struct cgn_export_net *n, const void *data, size_t len)
{
	ssize_t ret = send_any(n, data, len);

	if (ret == -EINPROGRESS)
		ret = stall_for(n, n->tls != NULL ? cgn_export_tls_events(n->tls) : POLLOUT);
	if (ret >= 0) {
		n->stalled_ms = 0;
		n->said[0] = '\0';
	}
	if (ret < 0 && ret != -EINPROGRESS)
		say_why(n, (int)ret);
	return ret;
}

size_t
cgn_export_net_unacked(const struct cgn_export_net *n)
{
	int octets = 0;

	if (n->to.transport == CGN_TARGET_UDP)
		return 0;
	/* TLS makes more octets of those of the stream, never fewer. */
	return ioctl(n->fd, SIOCOUTQ, &octets) < 0 ? SIZE_MAX : (size_t)octets;
}

int
cgn_export_net_wait_acked(struct cgn_export_net *n)
{
	size_t unacked;
	int ret = cgn_export_net_check(n);

	if (ret < 0)
		return ret;
	(void)poll(NULL, 0, WAIT_MS);
	unacked = cgn_export_net_unacked(n);
	if (unacked < n->unacked)
		n->stalled_ms = 0;
	n->unacked = unacked;
	ret = stall(n);
	if (ret == -ETIMEDOUT)
		say_why(n, ret);
	return ret;
}

int
cgn_export_net_check(struct cgn_export_net *n)
{
	int ret = drain(n);

	if (ret < 0)
		say_why(n, ret);
	return ret;
}
