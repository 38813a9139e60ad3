package report

import (
	"database/sql"

	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/excel"
)

// audit writes what the people of the organisation did, as far as the chain has it, the oldest first.
func (b *book) audit() error {
	from, to := int64(0), int64(1)<<62
	if b.ask.From != "" {
		from = audit.Midnight(b.ask.From, b.org.zone)
	}
	if b.ask.To != "" {
		to = audit.Midnight(b.ask.To.AddDays(1), b.org.zone)
	}
	const where = " FROM audit a LEFT JOIN person p ON p.id = a.person LEFT JOIN org o ON o.id = a.on_behalf LEFT JOIN session s ON s.id = a.session" +
		" WHERE a.org = ? AND a.at_us >= ? AND a.at_us < ? AND a.seq <= ?"
	args := []any{b.ask.Org, from, to, b.sum.Seq}
	if err := b.side.QueryRowContext(b.ctx, "SELECT COUNT(*)"+where, args...).Scan(&b.sum.Rows); err != nil {
		return err
	}
	t := b.table(b.t("report.name.audit"), []column{{key: "at", width: 26}, {key: "person_id", width: 12}, {key: "who", width: 26}, {key: "action", width: 26},
		{key: "document", width: 14}, {key: "on_behalf", width: 26}, {key: "address", width: 18}, {key: "client", width: 30}, {key: "session", width: 12},
		{key: "api_key", width: 12}, {key: "before_after", width: 60}, {key: "journal", width: 12}}, excel.Hint{Rows: b.sum.Rows})
	rows, err := b.conn.QueryContext(b.ctx, "SELECT a.at_us, a.person, COALESCE("+b.was("person", "p.name")+", ''), a.action, a.doc, COALESCE("+b.was("org", "o.name")+", ''), a.ip, COALESCE(s.agent, ''),"+
		" a.session, a.api_key, COALESCE(a.changes, ''), a.seq"+where+" ORDER BY a.at_us, a.id", args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := b.auditRow(t, rows, b.org.zone); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	t.close()
	return nil
}

func (b *book) auditRow(t *table, rows *sql.Rows, zone string) error {
	var at clock.Instant
	var person, doc, session, key, seq int64
	var who, action, behalf, ip, agent, changes string
	if err := rows.Scan(&at, &person, &who, &action, &doc, &behalf, &ip, &agent, &session, &key, &changes, &seq); err != nil {
		return err
	}
	t.code(at.Time().In(clock.Zone(zone)).Format("2006-01-02 15:04:05 -0700"))
	t.int(person)
	t.text(who)
	t.code(action)
	t.int(doc)
	t.text(behalf)
	t.code(audit.Address(ip))
	t.text(agent)
	t.int(session)
	t.int(key)
	t.text(audit.Readable(changes))
	t.int(seq)
	t.end()
	return nil
}
