package bench

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"saluran/internal/db"
)

// Maria is a private MariaDB server in a folder of its own, on a free port of the loopback interface.
type Maria struct {
	dir  string
	port int
	cmd  *exec.Cmd
}

// StartMaria makes and starts a private server. It says plainly where MariaDB is not installed.
func StartMaria(ctx context.Context) (*Maria, error) {
	for _, p := range []string{"mariadbd", "mariadb-install-db"} {
		if _, err := exec.LookPath(p); err != nil {
			return nil, fmt.Errorf("%s is not installed: install MariaDB's server (Debian: apt-get install mariadb-server)", p)
		}
	}
	dir, err := os.MkdirTemp("", "saluran-maria-")
	if err != nil {
		return nil, err
	}
	m := &Maria{dir: dir}
	out, err := exec.CommandContext(ctx, "mariadb-install-db", "--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db",
		"--datadir="+filepath.Join(dir, "data"), "--user="+whoRuns()).CombinedOutput()
	if err != nil {
		m.Remove()
		return nil, fmt.Errorf("mariadb-install-db: %w: %s", err, out)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		m.Remove()
		return nil, err
	}
	m.port = l.Addr().(*net.TCPAddr).Port
	l.Close()
	if err := m.Start(ctx); err != nil {
		m.Remove()
		return nil, err
	}
	return m, nil
}

func whoRuns() string {
	if os.Geteuid() == 0 {
		return "root"
	}
	return os.Getenv("USER")
}

// URL is the --db of a database of the server.
func (m *Maria) URL(name string) string {
	return "mysql://root@127.0.0.1:" + strconv.Itoa(m.port) + "/" + name
}

// Start starts the server on its folder and waits until it answers.
func (m *Maria) Start(ctx context.Context) error {
	m.cmd = exec.Command("mariadbd", "--no-defaults", "--user="+whoRuns(), "--datadir="+filepath.Join(m.dir, "data"),
		"--socket="+filepath.Join(m.dir, "s"), "--port="+strconv.Itoa(m.port), "--bind-address=127.0.0.1",
		"--innodb-flush-log-at-trx-commit=1", "--innodb-buffer-pool-size=256M", "--max-connections=300", "--max-allowed-packet=64M",
		"--pid-file="+filepath.Join(m.dir, "pid"))
	m.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := m.cmd.Start(); err != nil {
		return err
	}
	cfg, err := db.MySQLConfig(m.URL("mysql"))
	if err != nil {
		return err
	}
	pool, err := sql.Open("mysql", cfg.FormatDSN())
	if err != nil {
		return err
	}
	defer pool.Close()
	for range 300 {
		if err = pool.PingContext(ctx); err == nil || ctx.Err() != nil {
			return ctx.Err()
		}
		time.Sleep(100 * time.Millisecond)
	}
	return fmt.Errorf("MariaDB did not answer within 30 seconds: %w", err)
}

// Kill ends the server as a crash would.
func (m *Maria) Kill() error {
	if err := m.cmd.Process.Kill(); err != nil {
		return err
	}
	_ = m.cmd.Wait()
	return nil
}

// Remove ends the server and removes its folder.
func (m *Maria) Remove() {
	if m.cmd != nil && m.cmd.Process != nil {
		_ = m.cmd.Process.Kill()
		_ = m.cmd.Wait()
	}
	os.RemoveAll(m.dir)
}
