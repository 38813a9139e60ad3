//go:build ignore

package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// mariaDB is a private server on a free port, with a data folder of its own that vanishes with it.
type mariaDB struct {
	cmd *exec.Cmd
	dir string
	url string
}

func startMariaDB(ctx context.Context) (*mariaDB, error) {
	os.Setenv("PATH", os.Getenv("PATH")+":/usr/sbin:/usr/local/sbin")
	err := need("MariaDB, the second engine", []string{"mariadbd"}, "mariadb-server")
	if err == nil && find([]string{"mariadb-install-db"}) == "" {
		err = fmt.Errorf("mariadb-install-db is missing")
	}
	if err != nil {
		return nil, fmt.Errorf("%w (SALURAN_WITHOUT=mariadb does without)", err)
	}
	dir, err := os.MkdirTemp(memory(), "saluran-mariadb-")
	if err != nil {
		return nil, err
	}
	m := &mariaDB{dir: dir}
	if err := m.start(ctx); err != nil {
		m.stop()
		return nil, fmt.Errorf("a private MariaDB did not start: %w", err)
	}
	return m, nil
}

func (m *mariaDB) start(ctx context.Context) error {
	data, me := filepath.Join(m.dir, "data"), "root"
	if u, err := user.Current(); err == nil {
		me = u.Username
	}
	init := exec.CommandContext(ctx, "mariadb-install-db", "--no-defaults", "--auth-root-authentication-method=normal",
		"--datadir="+data, "--user="+me, "--skip-test-db")
	if out, err := init.CombinedOutput(); err != nil {
		return fmt.Errorf("mariadb-install-db: %w: %s", err, out)
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	log, err := os.Create(filepath.Join(m.dir, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	m.cmd = exec.Command("mariadbd", "--no-defaults", "--user="+me, "--datadir="+data, "--socket="+filepath.Join(m.dir, "s"),
		fmt.Sprintf("--port=%d", port), "--bind-address=127.0.0.1", "--max-connections=400", "--max-allowed-packet=64M",
		"--innodb-buffer-pool-size=256M", "--innodb-log-file-size=128M", "--innodb-flush-log-at-trx-commit=1", "--skip-name-resolve",
		// Tests end processes, never the power: nothing waits for a disk here (bench and its kills use a server that does).
		"--innodb-flush-method=nosync", "--skip-innodb-doublewrite", "--sync-frm=0", "--innodb-stats-persistent=0", "--table-open-cache=4000")
	m.cmd.Stdout, m.cmd.Stderr = log, log
	m.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := m.cmd.Start(); err != nil {
		return err
	}
	m.url = fmt.Sprintf("mysql://root@127.0.0.1:%d/", port)
	say("a private MariaDB on port %d", port)
	return m.wait(ctx, port)
}

func (m *mariaDB) wait(ctx context.Context, port int) error {
	for range 300 {
		if c, err := net.Dial("tcp4", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			c.Close()
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		time.Sleep(100 * time.Millisecond)
	}
	text, _ := os.ReadFile(filepath.Join(m.dir, "log"))
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return fmt.Errorf("no answer on port %d in 30 s; its log ends: %s", port, strings.Join(lines[max(0, len(lines)-5):], " | "))
}

// memory is a folder that is kept in memory, where that has room for the databases of tests (they take less than 1 GB), else "".
func memory() string {
	const dir, room = "/dev/shm", 4 << 30
	var fs syscall.Statfs_t
	if syscall.Statfs(dir, &fs) != nil || fs.Bavail*uint64(fs.Bsize) < room {
		return ""
	}
	text, _ := os.ReadFile("/proc/meminfo")
	_, rest, _ := strings.Cut(string(text), "MemAvailable:")
	var kB uint64
	if fmt.Sscan(rest, &kB); kB<<10 < 2*room {
		return ""
	}
	return dir
}

// stop ends the server and removes its folder.
func (m *mariaDB) stop() {
	if m.cmd != nil && m.cmd.Process != nil {
		m.cmd.Process.Signal(syscall.SIGTERM)
		kill := time.AfterFunc(20*time.Second, func() { m.cmd.Process.Kill() })
		m.cmd.Wait()
		kill.Stop()
	}
	os.RemoveAll(m.dir)
}
