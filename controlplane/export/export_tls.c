/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * TLS of a connection to a collector, by OpenSSL.
 */
#include "controlplane/export/export_tls.h"

#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DRAIN_MAX 64 /* reads at once, so that a collector that never ends cannot keep the thread */

struct cgn_export_tls {
	SSL_CTX *ctx;
	SSL *ssl;
	short events;
};

/* --- reasons ----------------------------------------------------------------------------------- */

/* Say why the last call has failed, and forget the errors of OpenSSL. @return -EPROTO */
static int
tls_fail(const struct cgn_export_tls *t, const char *what, char why[static CGN_EXPORT_TLS_WHY_MAX])
{
	long verify = t->ssl != NULL ? SSL_get_verify_result(t->ssl) : X509_V_OK;
	unsigned long error = ERR_peek_error();
	const char *reason = ERR_reason_error_string(error);

	if (verify != X509_V_OK)
		reason = X509_verify_cert_error_string(verify);
	else if (ERR_SYSTEM_ERROR(error))
		reason = strerror(ERR_GET_REASON(error));
	snprintf(why, CGN_EXPORT_TLS_WHY_MAX, "%s: %s", what,
			reason != NULL ? reason : "connection closed");
	ERR_clear_error();
	return -EPROTO;
}

/* The result of a call, if it did not succeed. */
static int
tls_result(struct cgn_export_tls *t, int ret, const char *what,
		char why[static CGN_EXPORT_TLS_WHY_MAX])
{
	switch (SSL_get_error(t->ssl, ret)) {
	case SSL_ERROR_WANT_READ:
		t->events = POLLIN;
		return -EINPROGRESS;
	case SSL_ERROR_WANT_WRITE:
		t->events = POLLOUT;
		return -EINPROGRESS;
	default:
		return tls_fail(t, what, why);
	}
}

/* --- the start --------------------------------------------------------------------------------- */

/* @return what cannot be used, or NULL */
static const char *
use_files(SSL_CTX *ctx, const struct cgn_export_tls_cfg *cfg)
{
	if (cfg->ca[0] == '\0' && SSL_CTX_set_default_verify_paths(ctx) != 1)
		return "certificates of the system";
	if (cfg->ca[0] != '\0' && SSL_CTX_load_verify_file(ctx, cfg->ca) != 1)
		return cfg->ca;
	if (cfg->cert[0] == '\0')
		return NULL;
	if (SSL_CTX_use_certificate_chain_file(ctx, cfg->cert) != 1)
		return cfg->cert;
	/* It also finds out whether the key is that of the certificate. */
	return SSL_CTX_use_PrivateKey_file(ctx, cfg->key, SSL_FILETYPE_PEM) == 1 ? NULL : cfg->key;
}

/* A key with a password must not make the thread ask for it on a terminal. */
static int
no_password(char *buf, int size, int is_writing, void *arg)
{
	(void)buf;
	(void)size;
	(void)is_writing;
	(void)arg;
	return -1;
}

static bool
expect_host(SSL *ssl, const struct cgn_target *to)
{
	char name[sizeof(to->host)]; /* the macro casts const away */

	if (to->is_address)
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), to->host) == 1;
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	snprintf(name, sizeof(name), "%s", to->host);
	return SSL_set1_host(ssl, name) == 1 && SSL_set_tlsext_host_name(ssl, name) == 1;
}

static int
tls_start(struct cgn_export_tls *t, const struct cgn_export_tls_cfg *cfg, int fd,
		char why[static CGN_EXPORT_TLS_WHY_MAX])
{
	const char *bad;

	t->ctx = SSL_CTX_new(TLS_client_method());
	if (t->ctx == NULL || SSL_CTX_set_min_proto_version(t->ctx, TLS1_2_VERSION) != 1)
		return tls_fail(t, "TLS", why);
	SSL_CTX_set_verify(t->ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_mode(t->ctx,
			SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
					SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_default_passwd_cb(t->ctx, no_password);
	bad = use_files(t->ctx, cfg);
	if (bad != NULL)
		return tls_fail(t, bad, why);
	t->ssl = SSL_new(t->ctx);
	if (t->ssl == NULL || !expect_host(t->ssl, cfg->to) || SSL_set_fd(t->ssl, fd) != 1)
		return tls_fail(t, "TLS", why);
	return 0;
}

int
cgn_export_tls_create(struct cgn_export_tls **out, const struct cgn_export_tls_cfg *cfg, int fd,
		char why[static CGN_EXPORT_TLS_WHY_MAX])
{
	struct cgn_export_tls *t = calloc(1, sizeof(*t));
	int ret;

	if (t == NULL)
		return -ENOMEM;
	ERR_clear_error();
	ret = tls_start(t, cfg, fd, why);
	if (ret < 0) {
		cgn_export_tls_destroy(t);
		return ret;
	}
	*out = t;
	return 0;
}

void
cgn_export_tls_destroy(struct cgn_export_tls *t)
{
	if (t == NULL)
		return;
	SSL_free(t->ssl);
	SSL_CTX_free(t->ctx);
	free(t);
}

/* --- the connection ---------------------------------------------------------------------------- */

int
cgn_export_tls_shake(struct cgn_export_tls *t, char why[static CGN_EXPORT_TLS_WHY_MAX])
{
	int ret = SSL_connect(t->ssl);

	return ret == 1 ? 0 : tls_result(t, ret, "handshake", why);
}

ssize_t
cgn_export_tls_send(struct cgn_export_tls *t, const void *data, size_t len,
		char why[static CGN_EXPORT_TLS_WHY_MAX])
{
	int ret = SSL_write(t->ssl, data, len > INT_MAX ? INT_MAX : (int)len);

	return ret > 0 ? ret : tls_result(t, ret, "send", why);
}

int
cgn_export_tls_drain(struct cgn_export_tls *t, char why[static CGN_EXPORT_TLS_WHY_MAX])
{
	char octets[256];
	short events = t->events;
	int ret = 1;

	/* Tickets for later sessions and alerts are handled in this call. Syslog and IPFIX have no answers. */
	for (unsigned int i = 0; i < DRAIN_MAX && ret > 0; i++)
		ret = SSL_read(t->ssl, octets, sizeof(octets));
	if (ret > 0)
		return 0;
	ret = tls_result(t, ret, "collector", why);
	t->events = events;
	return ret == -EINPROGRESS ? 0 : ret;
}

void
cgn_export_tls_end(struct cgn_export_tls *t)
{
	(void)SSL_shutdown(t->ssl);
	ERR_clear_error();
}

short
cgn_export_tls_events(const struct cgn_export_tls *t)
{
	return t->events;
}
