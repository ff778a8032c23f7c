/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Writes policies of the kernel's IPsec: of a socket, and general ones by libnl.
 */
#include "controlplane/host/host_xfrm.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/xfrm.h>
#include <netinet/in.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <sys/socket.h>

/* A policy for IPv4 that has no end. */
static struct xfrm_userpolicy_info
host_xfrm_policy(uint8_t dir, uint8_t action)
{
	return (struct xfrm_userpolicy_info){
		.sel = { .family = AF_INET },
		.lft = { .soft_byte_limit = XFRM_INF,
				.hard_byte_limit = XFRM_INF,
				.soft_packet_limit = XFRM_INF,
				.hard_packet_limit = XFRM_INF },
		.dir = dir,
		.action = action,
	};
}

int
cgn_host_xfrm_require_transport(int fd)
{
	struct {
		struct xfrm_userpolicy_info policy;
		struct xfrm_user_tmpl tmpl;
	} x = {
		.policy = host_xfrm_policy(XFRM_POLICY_IN, XFRM_POLICY_ALLOW),
		.tmpl = { .id = { .proto = IPPROTO_ESP },
				.family = AF_INET,
				.mode = XFRM_MODE_TRANSPORT,
				.aalgos = UINT32_MAX,
				.ealgos = UINT32_MAX,
				.calgos = UINT32_MAX },
	};

	return setsockopt(fd, IPPROTO_IP, IP_XFRM_POLICY, &x, sizeof(x)) < 0 ? -errno : 0;
}

static int
host_xfrm_errno(int nle)
{
	switch (-nle) {
	case NLE_SUCCESS:
		return 0;
	case NLE_PERM:
		return -EPERM;
	case NLE_NOMEM:
		return -ENOMEM;
	case NLE_OBJ_NOTFOUND:
		return -ENOENT;
	case NLE_PROTO_MISMATCH: /* the kernel has no XFRM */
		return -EPROTONOSUPPORT;
	default:
		return -EIO;
	}
}

/* Send a message to the kernel's IPsec, and wait for its answer. */
static int
host_xfrm_tell(int type, const void *data, size_t len)
{
	struct nl_sock *sk = nl_socket_alloc();
	int ret = -NLE_NOMEM;

	if (sk != NULL)
		ret = nl_connect(sk, NETLINK_XFRM);
	if (ret == 0)
		ret = nl_send_simple(sk, type, NLM_F_ACK, (void *)(uintptr_t)data, len);
	if (ret >= 0)
		ret = nl_wait_for_ack(sk);
	nl_socket_free(sk);
	return host_xfrm_errno(ret);
}

/*
 * What the policy of a direction is about: datagrams to a local UDP port from a half of all addresses, or from this port
 * to them.
 *
 * The kernel knows a policy by its selector, whatever its priority. No IKE daemon writes a half, so it never replaces or
 * removes one of these policies.
 */
static struct xfrm_selector
host_xfrm_selector(uint8_t dir, unsigned int half, rte_be32_t local, uint16_t udp_port)
{
	struct xfrm_selector sel = { .family = AF_INET, .proto = IPPROTO_UDP };
	rte_be32_t remote = half == 0 ? 0 : RTE_BE32(0x80000000);

	if (dir == XFRM_POLICY_IN) {
		sel.saddr.a4 = remote;
		sel.prefixlen_s = 1;
		sel.daddr.a4 = local;
		sel.prefixlen_d = 32;
		sel.dport = rte_cpu_to_be_16(udp_port);
		sel.dport_mask = UINT16_MAX;
	} else {
		sel.daddr.a4 = remote;
		sel.prefixlen_d = 1;
		sel.saddr.a4 = local;
		sel.prefixlen_s = 32;
		sel.sport = rte_cpu_to_be_16(udp_port);
		sel.sport_mask = UINT16_MAX;
	}
	return sel;
}

/* They replace the policies of a cgnd that has run before. */
static int
host_xfrm_block(uint8_t dir, rte_be32_t local, uint16_t udp_port)
{
	struct xfrm_userpolicy_info policy = host_xfrm_policy(dir, XFRM_POLICY_BLOCK);
	int ret = 0;

	policy.priority = UINT32_MAX; /* the least: policies of the IKE daemon come first */
	for (unsigned int half = 0; half < 2 && ret == 0; half++) {
		policy.sel = host_xfrm_selector(dir, half, local, udp_port);
		ret = host_xfrm_tell(XFRM_MSG_UPDPOLICY, &policy, sizeof(policy));
	}
	return ret;
}

static int
host_xfrm_unblock(uint8_t dir, rte_be32_t local, uint16_t udp_port)
{
	int first = 0;

	for (unsigned int half = 0; half < 2; half++) {
		const struct xfrm_userpolicy_id id = {
			.sel = host_xfrm_selector(dir, half, local, udp_port), .dir = dir
		};
		int ret = host_xfrm_tell(XFRM_MSG_DELPOLICY, &id, sizeof(id));

		if (first == 0 && ret != -ENOENT)
			first = ret;
	}
	return first;
}

int
cgn_host_xfrm_block_in(rte_be32_t local, uint16_t udp_port)
{
	return host_xfrm_block(XFRM_POLICY_IN, local, udp_port);
}

int
cgn_host_xfrm_block_out(rte_be32_t local, uint16_t udp_port)
{
	return host_xfrm_block(XFRM_POLICY_OUT, local, udp_port);
}

int
cgn_host_xfrm_unblock(rte_be32_t local, uint16_t udp_port)
{
	int in = host_xfrm_unblock(XFRM_POLICY_IN, local, udp_port);
	int out = host_xfrm_unblock(XFRM_POLICY_OUT, local, udp_port);

	return in < 0 ? in : out;
}
