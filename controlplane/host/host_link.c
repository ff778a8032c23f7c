/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Configures or checks a kernel interface, by libnl-route.
 */
#include "controlplane/host/host_link.h"

#include "shared/addr_text.h"
#include "shared/log.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/errno.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/link/inet6.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

CGN_LOG_TYPE("host");

/* An error of libnl as -errno. */
static int
link_errno(int nle)
{
	switch (-nle) {
	case NLE_PERM:
		return -EPERM;
	case NLE_NOMEM:
		return -ENOMEM;
	case NLE_NODEV:
	case NLE_OBJ_NOTFOUND:
		return -ENODEV;
	default:
		return -EIO;
	}
}

static int
link_refused(const struct cgn_host_link *link, const char *what, int nle)
{
	int ret = link_errno(nle);

	/* Without the privilege, the caller goes on with what somebody has prepared, and says so. */
	if (ret != -EPERM)
		CGN_LOG(HOST_PLANE_FAILED,
				"interface of the host plane cannot be set up name=%s what=\"%s\" error=\"%s\"",
				link->name, what, nl_geterror(nle));
	return ret;
}

/* Change one thing of the interface. @param set  writes the change */
static int
link_change(struct nl_sock *sk, struct rtnl_link *old, void (*set)(struct rtnl_link *, uint32_t),
		uint32_t value)
{
	struct rtnl_link *change = rtnl_link_alloc();
	int ret;

	if (change == NULL)
		return -NLE_NOMEM;
	set(change, value);
	ret = rtnl_link_change(sk, old, change, 0);
	rtnl_link_put(change);
	return ret;
}

static void
set_mtu(struct rtnl_link *change, uint32_t mtu)
{
	rtnl_link_set_mtu(change, mtu);
}

static void
set_up(struct rtnl_link *change, uint32_t unused)
{
	(void)unused;
	rtnl_link_set_flags(change, IFF_UP);
}

static void
set_gen_mode(struct rtnl_link *change, uint32_t mode)
{
	rtnl_link_inet6_set_addr_gen_mode(change, (uint8_t)mode);
}

static struct nl_addr *
link_address(const struct cgn_prefix *p)
{
	struct nl_addr *a = p->is_ip6 ? nl_addr_build(AF_INET6, p->ip6.b, sizeof(p->ip6.b))
				      : nl_addr_build(AF_INET, &p->ip4, sizeof(p->ip4));

	if (a != NULL)
		nl_addr_set_prefixlen(a, p->len);
	return a;
}

static int
link_add_address(struct nl_sock *sk, int index, const struct cgn_prefix *p)
{
	struct rtnl_addr *a = rtnl_addr_alloc();
	struct nl_addr *local = link_address(p);
	int ret = -NLE_NOMEM;

	if (a != NULL && local != NULL) {
		rtnl_addr_set_ifindex(a, index);
		ret = rtnl_addr_set_local(a, local);
		/* Nobody else on a TUN can have the address. */
		if (p->is_ip6)
			rtnl_addr_set_flags(a, IFA_F_NODAD);
	}
	if (ret == 0)
		ret = rtnl_addr_add(sk, a, NLM_F_REPLACE);
	nl_addr_put(local);
	rtnl_addr_put(a);
	return ret;
}

static bool
link_is_address(struct rtnl_addr *a, const struct cgn_prefix *p)
{
	struct nl_addr *is = rtnl_addr_get_local(a);
	struct nl_addr *wanted = link_address(p);
	bool same = is != NULL && wanted != NULL && nl_addr_cmp(wanted, is) == 0 &&
			rtnl_addr_get_prefixlen(a) == p->len;

	nl_addr_put(wanted);
	return same;
}

static bool
link_has(const struct cgn_host_link *link, struct rtnl_addr *a)
{
	for (size_t i = 0; i < link->n_addresses; i++) {
		if (link_is_address(a, &link->addresses[i]))
			return true;
	}
	return false;
}

/* The interface outlives cgnd, so it may have addresses of an older configuration. */
static int
link_remove_others(struct nl_sock *sk, int index, const struct cgn_host_link *link)
{
	struct nl_cache *all;
	int ret = rtnl_addr_alloc_cache(sk, &all);

	if (ret < 0)
		return ret;
	for (struct nl_object *o = nl_cache_get_first(all); ret == 0 && o != NULL;
			o = nl_cache_get_next(o)) {
		struct rtnl_addr *a = (struct rtnl_addr *)o;

		if (rtnl_addr_get_ifindex(a) == index && !link_has(link, a))
			ret = rtnl_addr_delete(sk, a, 0);
		/* It may have gone with another one of its prefix. */
		if (ret == -NLE_NOADDR)
			ret = 0;
	}
	nl_cache_free(all);
	return ret;
}

static bool
link_has_ip6(const struct cgn_host_link *link)
{
	for (size_t i = 0; i < link->n_addresses; i++) {
		if (link->addresses[i].is_ip6)
			return true;
	}
	return false;
}

static int
link_configure(struct nl_sock *sk, struct rtnl_link *old, const struct cgn_host_link *link)
{
	const int index = rtnl_link_get_ifindex(old);
	char text[CGN_ADDR_TEXT_MAX];
	int ret = link_change(sk, old, set_mtu, link->mtu);

	if (ret < 0)
		return link_refused(link, "mtu", ret);
	/* Before it is up: the kernel must not make a link-local address, with which it would solicit routers.
	 * A kernel without IPv6 refuses this, and then it makes no such address. */
	ret = link_change(sk, old, set_gen_mode, IN6_ADDR_GEN_MODE_NONE);
	if (ret < 0 && link_has_ip6(link))
		return link_refused(link, "IPv6", ret);
	ret = link_change(sk, old, set_up, 0);
	if (ret < 0)
		return link_refused(link, "up", ret);
	ret = link_remove_others(sk, index, link);
	if (ret < 0)
		return link_refused(link, "old addresses", ret);
	for (size_t i = 0; i < link->n_addresses; i++) {
		ret = link_add_address(sk, index, &link->addresses[i]);
		if (ret < 0)
			return link_refused(link,
					cgn_addr_text_format_prefix(&link->addresses[i], text),
					ret);
	}
	return 0;
}

/* --- an interface that somebody has prepared ----------------------------------------------- */

static bool
link_lacks(struct nl_cache *all, int index, const struct cgn_prefix *p)
{
	for (struct nl_object *o = nl_cache_get_first(all); o != NULL; o = nl_cache_get_next(o)) {
		struct rtnl_addr *a = (struct rtnl_addr *)o;

		if (rtnl_addr_get_ifindex(a) == index && link_is_address(a, p))
			return false;
	}
	return true;
}

/* @return how many addresses of the configuration are missing */
static unsigned int
link_count_missing(struct nl_cache *all, int index, const struct cgn_host_link *link)
{
	char text[CGN_ADDR_TEXT_MAX];
	unsigned int n = 0;

	for (size_t i = 0; i < link->n_addresses; i++) {
		if (!link_lacks(all, index, &link->addresses[i]))
			continue;
		CGN_LOG(HOST_PLANE_FAILED,
				"prepared interface has not the address of the port name=%s address=%s",
				link->name, cgn_addr_text_format_prefix(&link->addresses[i], text));
		n++;
	}
	return n;
}

/* @return how many addresses it has that are not in the configuration */
static unsigned int
link_count_others(struct nl_cache *all, int index, const struct cgn_host_link *link)
{
	unsigned int n = 0;
	char text[64];

	for (struct nl_object *o = nl_cache_get_first(all); o != NULL; o = nl_cache_get_next(o)) {
		struct rtnl_addr *a = (struct rtnl_addr *)o;

		if (rtnl_addr_get_ifindex(a) != index || link_has(link, a) ||
				rtnl_addr_get_scope(a) == RT_SCOPE_LINK)
			continue;
		CGN_LOG(HOST_PLANE_FAILED,
				"prepared interface has an address that the port has not name=%s address=%s",
				link->name,
				nl_addr2str(rtnl_addr_get_local(a), text, sizeof(text)));
		n++;
	}
	return n;
}

/* @return 0, -EINVAL: something differs, -errno */
static int
link_compare(struct nl_sock *sk, struct rtnl_link *is, const struct cgn_host_link *link)
{
	const int index = rtnl_link_get_ifindex(is);
	unsigned int n = 0;
	struct nl_cache *all;
	int ret = rtnl_addr_alloc_cache(sk, &all);

	if (ret < 0)
		return link_refused(link, "addresses", ret);
	if (rtnl_link_get_mtu(is) != link->mtu) {
		CGN_LOG(HOST_PLANE_FAILED,
				"prepared interface has another MTU than the port name=%s mtu=%u wanted=%u",
				link->name, rtnl_link_get_mtu(is), link->mtu);
		n++;
	}
	if ((rtnl_link_get_flags(is) & IFF_UP) == 0) {
		CGN_LOG(HOST_PLANE_FAILED, "prepared interface is down name=%s", link->name);
		n++;
	}
	n += link_count_missing(all, index, link) + link_count_others(all, index, link);
	nl_cache_free(all);
	return n == 0 ? 0 : -EINVAL;
}

/* --- both ---------------------------------------------------------------------------------- */

/* Find the interface, and call a function with it. @return what the function returns, or -errno */
static int
link_with(const struct cgn_host_link *link,
		int (*fn)(struct nl_sock *sk, struct rtnl_link *is,
				const struct cgn_host_link *link))
{
	struct nl_sock *sk = nl_socket_alloc();
	struct rtnl_link *is = NULL;
	int ret;

	if (sk == NULL)
		return -ENOMEM;
	ret = nl_connect(sk, NETLINK_ROUTE);
	if (ret == 0)
		ret = rtnl_link_get_kernel(sk, 0, link->name, &is);
	ret = ret < 0 ? link_refused(link, "netlink", ret) : fn(sk, is, link);
	rtnl_link_put(is);
	nl_socket_free(sk);
	return ret;
}

int
cgn_host_link_check(const struct cgn_host_link *link)
{
	return link_with(link, link_compare);
}

int
cgn_host_link_configure(const struct cgn_host_link *link)
{
	return link_with(link, link_configure);
}
