/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Reads the interfaces of the network namespace from the kernel by rtnetlink, and takes its notices of changes.
 * port_watch.c and offloads.c use it for ports that are kernel interfaces.
 */
#include "controlplane/link/iflinks.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define ANSWER_S 2         /* the longest wait for an answer of the kernel */
#define CHUNK    (1 << 16) /* octets; the kernel sends a dump in parts of at most 32 KiB */

/* The links read so far. */
struct list {
	struct cgn_iflink *links;
	size_t n;
	size_t room;
};

/* The value of a 32-bit attribute, 0 if it is too short. Attributes are not const in this file: the kernel's macros
 * cast const away, and clang warns of that. */
static uint32_t
iflinks_number(struct rtattr *a)
{
	uint32_t value = 0;

	if (RTA_PAYLOAD(a) >= sizeof(value))
		memcpy(&value, RTA_DATA(a), sizeof(value));
	return value;
}

/* The text of an attribute that may lack its NUL. */
static void
iflinks_text(struct rtattr *a, char *out, size_t size)
{
	size_t len = RTA_PAYLOAD(a) < size - 1 ? RTA_PAYLOAD(a) : size - 1;

	memcpy(out, RTA_DATA(a), len);
	out[len] = '\0';
}

/* The attribute of a type inside another attribute, NULL if there is none. */
static struct rtattr *
iflinks_nested(struct rtattr *outer, unsigned short type)
{
	int len = (int)RTA_PAYLOAD(outer);

	for (struct rtattr *a = RTA_DATA(outer); RTA_OK(a, len); a = RTA_NEXT(a, len)) {
		if ((a->rta_type & NLA_TYPE_MASK) == type)
			return a;
	}
	return NULL;
}

static void
iflinks_take_attribute(struct cgn_iflink *l, struct rtattr *a)
{
	struct rtattr *in;
	char kind[8] = "";

	switch (a->rta_type & NLA_TYPE_MASK) {
	case IFLA_IFNAME:
		iflinks_text(a, l->name, sizeof(l->name));
		break;
	case IFLA_MASTER:
		l->master = iflinks_number(a);
		break;
	case IFLA_LINK:
		l->lower = iflinks_number(a);
		break;
	case IFLA_LINK_NETNSID: /* sent only if the lower interface is in another namespace */
		l->is_lower_hidden = true;
		break;
	case IFLA_LINKINFO:
		in = iflinks_nested(a, IFLA_INFO_KIND);
		if (in != NULL)
			iflinks_text(in, kind, sizeof(kind));
		l->is_veth = strcmp(kind, "veth") == 0;
		break;
	case IFLA_XDP:
		in = iflinks_nested(a, IFLA_XDP_ATTACHED);
		l->is_xdp_generic = in != NULL && RTA_PAYLOAD(in) >= 1 &&
				*(const uint8_t *)RTA_DATA(in) == XDP_ATTACHED_SKB;
		break;
	default:
		break;
	}
}

static int
iflinks_add(struct list *list, struct nlmsghdr *m)
{
	struct ifinfomsg *info = NLMSG_DATA(m);
	int len = (int)IFLA_PAYLOAD(m);
	struct cgn_iflink *l;

	if (m->nlmsg_len < NLMSG_LENGTH(sizeof(*info)))
		return -EBADMSG;
	if (list->n == list->room) {
		size_t room = list->room == 0 ? 16 : 2 * list->room;
		struct cgn_iflink *links = realloc(list->links, room * sizeof(*links));

		if (links == NULL)
			return -ENOMEM;
		list->links = links;
		list->room = room;
	}
	l = &list->links[list->n++];
	*l = (struct cgn_iflink){ .index = (unsigned int)info->ifi_index };
	for (struct rtattr *a = IFLA_RTA(info); RTA_OK(a, len); a = RTA_NEXT(a, len))
		iflinks_take_attribute(l, a);
	return 0;
}

/* Take one part of the dump. @return 1: it was the last part; 0: more follows; or -errno */
static int
iflinks_take_part(struct list *list, void *buf, int len)
{
	for (struct nlmsghdr *m = buf; NLMSG_OK(m, (unsigned int)len); m = NLMSG_NEXT(m, len)) {
		int ret = 0;

		if (m->nlmsg_type == NLMSG_DONE)
			return 1;
		/* A dump has no acknowledgement, so any error message means that it failed. */
		if (m->nlmsg_type == NLMSG_ERROR)
			return -EIO;
		if (m->nlmsg_type == RTM_NEWLINK)
			ret = iflinks_add(list, m);
		if (ret < 0)
			return ret;
	}
	return 0;
}

/* Ask the kernel for all interfaces, and take its answer part by part. */
static int
iflinks_dump(int fd, struct list *list)
{
	const struct timeval limit = { .tv_sec = ANSWER_S };
	struct {
		struct nlmsghdr head;
		struct ifinfomsg info;
	} ask = {
		.head = { .nlmsg_len = sizeof(ask),
				.nlmsg_type = RTM_GETLINK,
				.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
	};
	void *buf = malloc(CHUNK);
	int ret = buf == NULL ? -ENOMEM : 0;

	if (ret == 0 &&
			(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0 ||
					send(fd, &ask, sizeof(ask), 0) < 0))
		ret = -errno;
	while (ret == 0) {
		ssize_t len = recv(fd, buf, CHUNK, 0);

		ret = len < 0 ? -errno : iflinks_take_part(list, buf, (int)len);
	}
	free(buf);
	return ret < 0 ? ret : 0;
}

int
cgn_iflinks_read(struct cgn_iflink **links, size_t *n)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	struct list list = { 0 };
	int ret;

	if (fd < 0)
		return -errno;
	ret = iflinks_dump(fd, &list);
	close(fd);
	if (ret < 0) {
		free(list.links);
		return ret;
	}
	*links = list.links;
	*n = list.n;
	return 0;
}

const struct cgn_iflink *
cgn_iflinks_find(const struct cgn_iflink *links, size_t n, unsigned int index)
{
	for (size_t i = 0; i < n; i++) {
		if (links[i].index == index)
			return &links[i];
	}
	return NULL;
}

int
cgn_iflinks_open(void)
{
	const struct sockaddr_nl group = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	int ret;

	if (fd < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&group, sizeof(group)) == 0)
		return fd;
	ret = -errno;
	close(fd);
	return ret;
}

/* Whether one of the messages is about one of the interfaces. */
static bool
iflinks_is_about(void *buf, int len, const unsigned int *indexes, size_t n)
{
	for (struct nlmsghdr *m = buf; NLMSG_OK(m, (unsigned int)len); m = NLMSG_NEXT(m, len)) {
		struct ifinfomsg *info = NLMSG_DATA(m);

		for (size_t i = 0; i < n; i++) {
			if (m->nlmsg_len >= NLMSG_LENGTH(sizeof(*info)) &&
					(unsigned int)info->ifi_index == indexes[i])
				return true;
		}
	}
	return false;
}

bool
cgn_iflinks_changed(int fd, const unsigned int *indexes, size_t n)
{
	alignas(struct nlmsghdr) char buf[16384];
	bool is_changed = false;
	ssize_t len;

	for (;;) {
		/* A message that is longer than the buffer is cut, but the index of its interface comes first. */
		len = recv(fd, buf, sizeof(buf), 0);
		if (len < 0 && errno == EINTR)
			continue;
		if (len <= 0)
			break;
		is_changed |= iflinks_is_about(buf, (int)len, indexes, n);
	}
	/* ENOBUFS: the kernel has dropped messages, and one of them may have been about these interfaces. */
	return is_changed || errno == ENOBUFS;
}
