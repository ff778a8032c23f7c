/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Text <-> receivers in a network.
 */
#include "shared/target.h"

#include "shared/addr_text.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define LABEL_MAX 63 /* RFC 1035 section 2.3.4 */

static const char *const schemes[] = {
	[CGN_TARGET_UDP] = "udp://",
	[CGN_TARGET_TCP] = "tcp://",
	[CGN_TARGET_TLS] = "tls://",
};

/* @return what is behind the scheme, or NULL */
static const char *
parse_scheme(const char *text, enum cgn_target_transport *out)
{
	for (int i = CGN_TARGET_UDP; i <= CGN_TARGET_TLS; i++) {
		if (strncmp(text, schemes[i], strlen(schemes[i])) != 0)
			continue;
		*out = (enum cgn_target_transport)i;
		return text + strlen(schemes[i]);
	}
	return NULL;
}

/* Copy the host, without its brackets. @return what is behind it, or NULL */
static const char *
split_host(const char *text, bool *has_brackets, char host[static CGN_TARGET_HOST_MAX])
{
	size_t len;

	*has_brackets = text[0] == '[';
	text += *has_brackets ? 1 : 0;
	len = strcspn(text, *has_brackets ? "]" : ":");
	if (len == 0 || len >= CGN_TARGET_HOST_MAX || (*has_brackets && text[len] != ']'))
		return NULL;
	memcpy(host, text, len);
	host[len] = '\0';
	return text + len + (*has_brackets ? 1 : 0);
}

/* A part of a name, in lower case from now on. @param[out] is_number  it has digits only */
static bool
is_label(char *label, size_t len, bool *is_number)
{
	*is_number = true;
	if (len == 0 || len > LABEL_MAX || label[0] == '-' || label[len - 1] == '-')
		return false;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)label[i];

		if (c > '~' || (!isalnum(c) && c != '-'))
			return false;
		if (!isdigit(c))
			*is_number = false;
		label[i] = (char)tolower(c);
	}
	return true;
}

/* RFC 1123 section 2.1. What ends in a number is a wrong address, and no name. */
static bool
is_name(char *name)
{
	bool is_number = false;

	for (;;) {
		size_t len = strcspn(name, ".");

		if (!is_label(name, len, &is_number))
			return false;
		if (name[len] == '\0')
			return !is_number;
		name += len + 1;
	}
}

static bool
parse_address(struct cgn_target *t, bool has_brackets)
{
	char text[CGN_ADDR_TEXT_MAX];
	struct cgn_ip ip;

	if (cgn_addr_text_parse_ip(t->host, &ip) < 0 || ip.is_ip6 != has_brackets)
		return false;
	if (ip.is_ip6 ? cgn_ip6_is_zero(&ip.ip6) : ip.ip4 == 0)
		return false;
	snprintf(t->host, sizeof(t->host), "%s", cgn_addr_text_format_ip(&ip, text));
	return true;
}

static bool
parse_port(const char *text, uint16_t *port)
{
	uint32_t n;

	*port = 0;
	if (text[0] == '\0')
		return true;
	if (text[0] != ':' || cgn_addr_text_parse_u32(text + 1, &n) < 0 || n == 0 || n > UINT16_MAX)
		return false;
	*port = (uint16_t)n;
	return true;
}

int
cgn_target_parse(const char *text, struct cgn_target *out)
{
	struct cgn_target t = { .transport = CGN_TARGET_NONE };
	bool has_brackets;

	text = parse_scheme(text, &t.transport);
	if (text == NULL)
		return -EINVAL;
	text = split_host(text, &has_brackets, t.host);
	if (text == NULL || !parse_port(text, &t.port))
		return -EINVAL;
	t.is_address = parse_address(&t, has_brackets);
	if (!t.is_address && (has_brackets || !is_name(t.host)))
		return -EINVAL;
	*out = t;
	return 0;
}

const char *
cgn_target_format(const struct cgn_target *t, char buf[static CGN_TARGET_TEXT_MAX])
{
	bool has_brackets = strchr(t->host, ':') != NULL;
	char port[8] = "";

	if (t->port != 0)
		snprintf(port, sizeof(port), ":%u", t->port);
	snprintf(buf, CGN_TARGET_TEXT_MAX, "%s%s%s%s%s", schemes[t->transport],
			has_brackets ? "[" : "", t->host, has_brackets ? "]" : "", port);
	return buf;
}

bool
cgn_target_equal(const struct cgn_target *a, const struct cgn_target *b)
{
	return a->transport == b->transport && a->port == b->port && strcmp(a->host, b->host) == 0;
}
