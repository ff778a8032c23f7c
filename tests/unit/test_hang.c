/* SPDX-License-Identifier: BSD-3-Clause */
/* A disk that hangs: every write of SQLite waits until the test lets it go on. */
#include "controlplane/lease/keeper.h"
#include "tests/support/conftext.h"
#include "tests/support/planefix.h"
#include "tests/support/scratch.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT                                                                             \
	"workers: 2\n"                                                                   \
	"natpmp: {role: server, announce: false, requests_per_s: 1000}\n" CONFTEXT_PORTS \
			CONFTEXT_POOL                                                    \
	"groups: [{name: g, prefixes: [100.64.0.0/10], pool: p, leases_max: 100}]\n"

#define CLIENT_A RTE_BE32(0x64400004)
#define CLIENT_B RTE_BE32(0x64400005)

/* --- the disk ------------------------------------------------------------------------------ */

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool is_hanging;
	unsigned int n_waiting;
} disk = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

static void
hang(bool is_hanging)
{
	pthread_mutex_lock(&disk.lock);
	disk.is_hanging = is_hanging;
	pthread_cond_broadcast(&disk.changed);
	pthread_mutex_unlock(&disk.lock);
}

static void
wait_for_disk(void)
{
	pthread_mutex_lock(&disk.lock);
	disk.n_waiting++;
	pthread_cond_broadcast(&disk.changed);
	while (disk.is_hanging)
		pthread_cond_wait(&disk.changed, &disk.lock);
	disk.n_waiting--;
	pthread_mutex_unlock(&disk.lock);
}

static void
until_somebody_waits(void)
{
	pthread_mutex_lock(&disk.lock);
	while (disk.n_waiting == 0)
		pthread_cond_wait(&disk.changed, &disk.lock);
	pthread_mutex_unlock(&disk.lock);
}

static ssize_t
slow_write(int fd, const void *data, size_t len)
{
	wait_for_disk();
	return write(fd, data, len);
}

static ssize_t
slow_pwrite(int fd, const void *data, size_t len, off_t at)
{
	wait_for_disk();
	return pwrite(fd, data, len, at);
}

static void
make_disk(void)
{
	sqlite3_vfs *vfs;

	sqlite3_initialize();
	vfs = sqlite3_vfs_find(NULL);
	vfs->xSetSystemCall(vfs, "write", (sqlite3_syscall_ptr)slow_write);
	vfs->xSetSystemCall(vfs, "pwrite", (sqlite3_syscall_ptr)slow_pwrite);
	vfs->xSetSystemCall(vfs, "pwrite64", (sqlite3_syscall_ptr)slow_pwrite);
}

/* --- threads ------------------------------------------------------------------------------- */

static unsigned int
		refused; /* a bit for each thread that is not started, the next one the lowest */

int __real_cgn_thread_start(pthread_t *thread, void *(*work)(void *), void *arg);
int __wrap_cgn_thread_start(pthread_t *thread, void *(*work)(void *), void *arg);

int
__wrap_cgn_thread_start(pthread_t *thread, void *(*work)(void *), void *arg)
{
	bool is_refused = (refused & 1) != 0;

	refused >>= 1;
	return is_refused ? -EAGAIN : __real_cgn_thread_start(thread, work, arg);
}

/* --- requests ------------------------------------------------------------------------------ */

static void
begin(void)
{
	static char more[400];

	snprintf(more, sizeof(more), "store: {path: \"%s/planefix.db\"}\n", scratch_dir());
	pf_begin(TEXT, more);
	pf_work();
	pf_forget();
}

/* What the workers and the loop can do while the disk hangs. */
static void
work(void)
{
	for (int i = 0; i < 8; i++) {
		for (unsigned int w = 0; w < PF_WORKERS; w++) {
			while (pf_obey(w) != 0)
				continue;
		}
		pf_turn();
	}
}

static void
pass(uint64_t ms)
{
	for (uint64_t i = 0; i < ms; i += 50) {
		pf.now_ms += 50;
		pf.wall_ms += 50;
		work();
	}
}

/* @return answers with result 0 since the last call */
static unsigned int
answers(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < pf.n_packets; i++) {
		const struct pf_packet *p = &pf.packets[i];

		/* Ethernet, IPv4 and UDP in front */
		n += p->op == CGN_PKT_TX && p->len >= 46 && p->data[34] == 0x14 &&
				p->data[35] == 0xe7 && (p->data[43] & 0x80) != 0 &&
				p->data[45] == 0;
	}
	pf_forget();
	return n;
}

static void
ask(rte_be32_t addr, uint8_t op, uint8_t port)
{
	const struct cgn_ep4 src = { .addr = addr,
		.port = rte_cpu_to_be_16((uint16_t)(6000 + port)) };
	const struct cgn_ep4 dst = { .addr = RTE_BE32(0x64400001), .port = RTE_BE16(5351) };
	const uint8_t data[12] = { 0, op, 0, 0, 0, port, 0, 0, 0, 0, 0x0e, 0x10 };

	pf_send(pf_owner(addr), 0, &src, &dst, data, op == 0 ? 2 : sizeof(data));
	pf_turn();
}

static struct cgn_portmap *
portmap(void)
{
	return cgn_control_portmap(pf.control);
}

static uint32_t
leases(void)
{
	return cgn_lessor_count(cgn_portmap_lessor(portmap()));
}

/* --- tests --------------------------------------------------------------------------------- */

/* Granted is what the store has: nothing is said before, and everything else goes on. */
static void
nobody_waits_for_a_disk_that_hangs(void)
{
	begin();
	ask(CLIENT_A, 1, 80);
	pf_work();
	CU_ASSERT_EQUAL(answers(), 1);

	hang(true);
	ask(CLIENT_A, 1, 81);
	work();
	until_somebody_waits();
	for (uint8_t i = 0; i < 100; i++) {
		ask(CLIENT_B, 0, i);
		work();
		CU_ASSERT_EQUAL(answers(), 1);
	}
	/* Requests that the store has to keep do not take the room of others for ever. */
	for (uint8_t i = 0; i < 100; i++) {
		ask(CLIENT_B, 1, (uint8_t)(100 + i));
		work();
	}
	CU_ASSERT_EQUAL(answers(), 0);
	pass(600);
	CU_ASSERT_EQUAL(cgn_natpmp_server_open(cgn_portmap_server(portmap())), 0);
	CU_ASSERT_EQUAL(answers(), 0);

	hang(false);
	pf_work();
	/* The client asks again and is answered. */
	ask(CLIENT_A, 1, 81);
	pf_work();
	CU_ASSERT_EQUAL(answers(), 1);
	pf_end();
}

/* B-EP-4: what is answered after the disk has come back is there after a restart. */
static void
what_came_while_the_disk_hung_is_written_afterwards(void)
{
	begin();
	hang(true);
	ask(CLIENT_A, 1, 80);
	work();
	until_somebody_waits();
	ask(CLIENT_A, 1, 81); /* comes too late for the commit that is under way */
	work();
	CU_ASSERT_EQUAL(answers(), 0);
	hang(false);
	pf_work();
	CU_ASSERT_EQUAL(answers(), 2);
	pf_stop();
	pf.n_mappings = 0;
	pf_create();
	CU_ASSERT_EQUAL(leases(), 2);
	pf_end();
}

static void
store_that_hangs_is_done_without_and_taken_again(void)
{
	begin();
	hang(true);
	ask(CLIENT_A, 1, 80);
	work();
	until_somebody_waits();
	pass(25000);
	CU_ASSERT_EQUAL(cgn_portmap_store(portmap()), CGN_KEEPER_FAILING);
	pass(2 * CGN_KEEPER_RETRY_MS + CGN_KEEPER_PATIENCE_MS);
	CU_ASSERT_EQUAL(cgn_portmap_store(portmap()), CGN_KEEPER_MISSING);
	pf_forget();
	ask(CLIENT_A, 1, 81);
	work();
	CU_ASSERT_EQUAL(answers(), 1);

	hang(false);
	for (int i = 0; i < 200 && cgn_portmap_store(portmap()) != CGN_KEEPER_KEEPS; i++) {
		usleep(10000); /* the thread that hung lets the file go */
		pf_pass(CGN_KEEPER_RETRY_MS, 1000);
	}
	CU_ASSERT_EQUAL(cgn_portmap_store(portmap()), CGN_KEEPER_KEEPS);
	pf_stop();
	pf.n_mappings = 0;
	pf_create();
	CU_ASSERT_EQUAL(leases(), 2);
	pf_end();
}

static void
end_does_not_wait_for_a_disk_that_hangs(void)
{
	begin();
	hang(true);
	ask(CLIENT_A, 1, 80);
	work();
	until_somebody_waits();
	pf_stop();
	hang(false);
	/* What the thread goes on with alone ends too: the file can be opened again. */
	pf.n_mappings = 0;
	do {
		pf_create();
		if (cgn_portmap_store(portmap()) == CGN_KEEPER_KEEPS)
			break;
		pf_stop();
	} while (true);
	CU_ASSERT_EQUAL(leases(), 1);
	pf_end();
}

/* B-EP-4: the store is opened at the start, and the disk hangs then. cgnd goes on without it. */
static void
disk_that_hangs_at_the_start_is_done_without(void)
{
	begin();
	ask(CLIENT_A, 1, 80);
	pf_work();
	CU_ASSERT_EQUAL(answers(), 1);
	pf_stop();
	pf.n_mappings = 0;
	hang(true);
	pf_create();
	CU_ASSERT_EQUAL(cgn_portmap_store(portmap()), CGN_KEEPER_MISSING);
	ask(CLIENT_A, 1, 81);
	work();
	CU_ASSERT_EQUAL(answers(), 1);
	pf_stop();
	hang(false);
	/* What was left behind lets the file go. */
	pf.n_mappings = 0;
	for (pf_create(); cgn_portmap_store(portmap()) != CGN_KEEPER_KEEPS; pf_create())
		pf_stop();
	pf_end();
}

/* A signal that asks for the end ends a start that waits for a disk. */
static void
start_that_waits_for_a_disk_can_be_ended(void)
{
	struct cgn_keeper_cfg cfg = { .wall_ms = 1800000000000, .boot_ms = 900000 };
	struct cgn_keeper *keeper = NULL;
	char path[PATH_MAX];
	sigset_t set;
	int sig;

	snprintf(path, sizeof(path), "%s/ended.db", scratch_dir());
	cfg.path = path;
	CU_ASSERT_EQUAL_FATAL(cgn_timerq_create(&cfg.timers), 0);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	hang(true);
	raise(SIGTERM);
	CU_ASSERT_EQUAL(cgn_keeper_create(&keeper, &cfg), -ECANCELED);
	CU_ASSERT_PTR_NULL(keeper);
	CU_ASSERT_EQUAL(sigwait(&set, &sig), 0);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	hang(false);
	cgn_timerq_destroy(cfg.timers);
}

static void
granted(uint8_t port)
{
	ask(CLIENT_A, 1, port);
	pf_work();
	CU_ASSERT_EQUAL(answers(), 1);
}

/* Where the machine has no thread left the control thread does the work: nothing waits for ever. */
static void
threads_that_do_not_start_are_done_without(void)
{
	/* Of the one that opens the store, of the two afterwards, and of that of a store that is opened later. */
	for (unsigned int bits = 0; bits < 16; bits++) {
		char path[PATH_MAX];

		refused = bits;
		begin();
		granted(80);
		snprintf(path, sizeof(path), "%s/planefix.db", scratch_dir());
		CU_ASSERT_EQUAL(unlink(path), 0);
		do
			pf_pass(CGN_KEEPER_RETRY_MS, 1000);
		while (access(path, F_OK) != 0 || cgn_portmap_store(portmap()) != CGN_KEEPER_KEEPS);
		pf_work();
		pf_forget();
		granted(81);
		pf_end();
	}
	refused = 0;
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(nobody_waits_for_a_disk_that_hangs),
	CU_TEST_ROW(what_came_while_the_disk_hung_is_written_afterwards),
	CU_TEST_ROW(store_that_hangs_is_done_without_and_taken_again),
	CU_TEST_ROW(end_does_not_wait_for_a_disk_that_hangs),
	CU_TEST_ROW(disk_that_hangs_at_the_start_is_done_without),
	CU_TEST_ROW(start_that_waits_for_a_disk_can_be_ended),
	CU_TEST_ROW(threads_that_do_not_start_are_done_without),
};

int
main(void)
{
	eal_start();
	make_disk();
	return cu_main("hang", tests, RTE_DIM(tests));
}
