/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Prints who has which ports in deterministic groups, from a configuration file.
 */
#include "controlplane/cgnctl/ctldet.h"

#include "controlplane/conf/conf.h"
#include "shared/addr_text.h"
#include "shared/det.h"
#include "shared/group.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* A configuration file and its deterministic groups. */
struct file {
	const char *path;
	struct cgn_conf *conf;
	struct cgn_group_map groups;
	struct cgn_det_set dets;
};

static void
file_close(struct file *f)
{
	cgn_det_set_fini(&f->dets);
	cgn_group_map_fini(&f->groups);
	cgn_conf_free(f->conf);
}

/* Load a file as cgnd does, and print what is wrong with it. */
static int
file_open(struct file *f, const char *path)
{
	struct cgn_conf_errors errs = { 0 };
	int ret;

	*f = (struct file){ .path = path };
	if (path == NULL) {
		fputs("cgnctl: --config FILE is missing: the configuration of cgnd\n", stderr);
		return -EINVAL;
	}
	ret = cgn_conf_load(path, &f->conf, &errs);
	if (ret == -ENOMEM)
		fprintf(stderr, "cgnctl: %s: no memory\n", path);
	cgn_conf_errors_print(&errs, stderr);
	cgn_conf_errors_fini(&errs);
	if (ret < 0)
		return ret;
	ret = cgn_group_map_init(&f->groups, f->conf);
	if (ret == 0)
		ret = cgn_det_set_init(&f->dets, f->conf);
	if (ret == 0 && f->dets.n == 0) {
		fprintf(stderr, "cgnctl: %s: no group is deterministic\n", path);
		ret = -ENOENT;
	}
	if (ret < 0)
		file_close(f);
	return ret;
}

/* How a subscriber is printed. */
enum style {
	STYLE_TEXT,
	STYLE_JSON,
	STYLE_CSV,
};

static void
print_subscriber(const struct file *f, size_t group, uint32_t number, enum style style, FILE *out)
{
	const struct cgn_det *d = f->dets.by_group[group];
	const struct cgn_prefix prefix = cgn_det_subscriber(d, number);
	const char *name = f->conf->groups[group].name;
	char sub[CGN_ADDR_TEXT_MAX], ext[CGN_ADDR_TEXT_MAX];
	uint32_t slot = number % d->slots;
	unsigned int first = d->starts[slot], last = cgn_det_last_port(d, slot);

	cgn_addr_text_format_prefix(&prefix, sub);
	cgn_addr_text_format_ip4(cgn_det_address(d, number / d->slots), ext);
	/* Names of groups have only letters, digits, '_', '-' and '.', so none of this needs quotes or escapes. */
	switch (style) {
	case STYLE_TEXT:
		fprintf(out, "%s %s: %s ports %u-%u\n", name, sub, ext, first, last);
		break;
	case STYLE_JSON:
		fprintf(out,
				"{\"group\":\"%s\",\"subscriber\":\"%s\",\"external\":\"%s\","
				"\"first\":%u,\"last\":%u}",
				name, sub, ext, first, last);
		break;
	case STYLE_CSV:
		fprintf(out, "%s,%s,%s,%u,%u\n", name, sub, ext, first, last);
		break;
	}
}

/* Print one subscriber, as the answer to a question. */
static void
print_one(const struct file *f, size_t group, uint32_t number, const struct cgn_ctlshow_args *args,
		FILE *out)
{
	print_subscriber(f, group, number, args->want_json ? STYLE_JSON : STYLE_TEXT, out);
	if (args->want_json)
		fputc('\n', out);
}

static int
forward(const struct file *f, const struct cgn_ip *ip, const struct cgn_ctlshow_args *args,
		FILE *out)
{
	uint32_t group = ip->is_ip6 ? cgn_group_find6(&f->groups, &ip->ip6)
				    : cgn_group_find4(&f->groups, ip->ip4);
	const struct cgn_det *d;
	struct cgn_det_place place;

	if (group == CGN_GROUP_NONE) {
		fprintf(stderr, "cgnctl: %s is in no group of %s\n", args->subject, f->path);
		return -ENOENT;
	}
	d = f->dets.by_group[group];
	if (d == NULL) {
		fprintf(stderr, "cgnctl: %s is in group %s, which is not deterministic\n",
				args->subject, f->conf->groups[group].name);
		return -ENOENT;
	}
	if (!(ip->is_ip6 ? cgn_det_forward6(d, &ip->ip6, &place)
			 : cgn_det_forward4(d, ip->ip4, &place))) {
		fprintf(stderr, "cgnctl: %s is the first or last address of a prefix of group %s: it has no range\n",
				args->subject, f->conf->groups[group].name);
		return -ENOENT;
	}
	print_one(f, group, place.number, args, out);
	return 0;
}

int
cgn_ctldet_forward(struct cgn_ctlsock *s, const struct cgn_ctlshow_args *args, FILE *out)
{
	struct cgn_ip ip;
	struct file f;
	int ret;

	(void)s;
	if (cgn_addr_text_parse_ip(args->subject, &ip) < 0) {
		fprintf(stderr, "cgnctl: not an address: %s\n", args->subject);
		return -EINVAL;
	}
	ret = file_open(&f, args->config);
	if (ret < 0)
		return ret;
	ret = forward(&f, &ip, args, out);
	file_close(&f);
	return ret;
}

static int
reverse(const struct file *f, rte_be32_t addr, uint16_t port, const struct cgn_ctlshow_args *args,
		FILE *out)
{
	static const char *const why[] = {
		[CGN_DET_FOREIGN] = "not in a pool of a deterministic group",
		[CGN_DET_RESERVED] = "reserved: nobody has this port",
		[CGN_DET_DYNAMIC] =
				"in the dynamic part: only the records of blocks tell who had it",
		[CGN_DET_UNUSED] = "in no range: nobody has this port",
	};
	enum cgn_det_kind kind = CGN_DET_FOREIGN;
	uint32_t number;

	for (size_t g = 0; g < f->dets.n_groups && kind == CGN_DET_FOREIGN; g++) {
		if (f->dets.by_group[g] == NULL)
			continue;
		kind = cgn_det_reverse(f->dets.by_group[g], addr, port, &number);
		if (kind == CGN_DET_OWN) {
			print_one(f, g, number, args, out);
			return 0;
		}
	}
	fprintf(stderr, "cgnctl: %s is %s\n", args->subject, why[kind]);
	return -ENOENT;
}

int
cgn_ctldet_reverse(struct cgn_ctlsock *s, const struct cgn_ctlshow_args *args, FILE *out)
{
	rte_be32_t addr;
	uint16_t port;
	struct file f;
	int ret;

	(void)s;
	if (cgn_addr_text_parse_ep4_any(args->subject, &addr, &port) < 0) {
		fprintf(stderr, "cgnctl: not an endpoint such as 192.0.2.1:2001: %s\n",
				args->subject);
		return -EINVAL;
	}
	ret = file_open(&f, args->config);
	if (ret < 0)
		return ret;
	ret = reverse(&f, addr, port, args, out);
	file_close(&f);
	return ret;
}

int
cgn_ctldet_export(struct cgn_ctlsock *s, const struct cgn_ctlshow_args *args, FILE *out)
{
	enum style style = args->want_json ? STYLE_JSON : args->want_csv ? STYLE_CSV : STYLE_TEXT;
	bool is_begun = false;
	struct file f;
	int ret;

	(void)s;
	ret = file_open(&f, args->config);
	if (ret < 0)
		return ret;
	if (style == STYLE_CSV)
		fputs("group,subscriber,external,first,last\n", out);
	/* Line by line: there may be millions. A reader that has gone ends it. */
	for (size_t g = 0; g < f.dets.n_groups; g++) {
		const struct cgn_det *d = f.dets.by_group[g];

		for (uint32_t k = 0; d != NULL && k < d->n_subscribers && ferror(out) == 0; k++) {
			if (style == STYLE_JSON)
				fputs(is_begun ? ",\n  " : "[\n  ", out);
			is_begun = true;
			print_subscriber(&f, g, k, style, out);
		}
	}
	if (style == STYLE_JSON)
		fputs(is_begun ? "\n]\n" : "[]\n", out);
	file_close(&f);
	return 0;
}
