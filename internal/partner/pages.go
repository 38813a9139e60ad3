package partner

import (
	"context"
	"strings"

	"saluran/internal/access"
	"saluran/internal/id"
	"saluran/internal/list"
)

// ChannelView is a channel with the name of its producer and the tier at which the reader stands.
type ChannelView struct {
	Channel
	ProducerName string
	Mine         int64
}

// ChannelPage is a page of the channels that the acting organisation is a member of, by name.
func (s *Service) ChannelPage(ctx context.Context, a access.Actor, q list.Query) (list.Page[ChannelView], error) {
	var page list.Page[ChannelView]
	if err := s.gate.Require(ctx, a, access.Own, "channel", "read"); err != nil {
		return page, err
	}
	after, ok, err := q.After()
	if err != nil {
		return page, err
	}
	tx := s.d.R(ctx).Table("channel").Select("channel.*, p.name AS producer_name, m.tier AS mine").Joins("JOIN org p ON p.id = channel.producer").
		Joins("JOIN channel_member m ON m.channel = channel.id AND m.org = ?", a.Org).Order("channel.name, channel.id").Limit(q.Limit() + 1)
	if ok {
		tx = tx.Where("(channel.name > ? OR (channel.name = ? AND channel.id > ?))", after.S, after.S, after.ID)
	}
	if c, err := id.Parse(q.Filter["id"]); err == nil {
		tx = tx.Where("channel.id = ?", c)
	}
	var rows []struct {
		Row          channelRow `gorm:"embedded"`
		ProducerName string
		Mine         int64
	}
	if err := tx.Find(&rows).Error; err != nil {
		return page, err
	}
	for _, r := range rows {
		page.Items = append(page.Items, ChannelView{r.Row.channel(), r.ProducerName, r.Mine})
	}
	return list.Cut(page.Items, q.Limit(), func(c ChannelView) list.Key { return list.Key{S: c.Name, ID: int64(c.ID)} }), nil
}

// Tiers counts the members of each tier of a channel whom the acting organisation may see.
func (s *Service) Tiers(ctx context.Context, a access.Actor, channel id.ID) (map[int64]int64, error) {
	if _, err := s.Channel(ctx, a, channel); err != nil {
		return nil, err
	}
	cond, args := sees(a.Org)
	var rows []struct{ Tier, N int64 }
	err := s.d.R(ctx).Table("channel_member").Select("channel_member.tier, COUNT(*) AS n").Joins("JOIN org ON org.id = channel_member.org").
		Where("channel_member.channel = ?", channel).Where(cond, args...).Group("channel_member.tier").Find(&rows).Error
	out := map[int64]int64{}
	for _, r := range rows {
		out[r.Tier] = r.N
	}
	return out, err
}

// MemberPage is a page of the members of a channel whom the acting organisation may see, by name. Tier 0 takes all tiers below
// above. Filter: q (part of the name, or the code).
func (s *Service) MemberPage(ctx context.Context, a access.Actor, channel id.ID, tier, above int64, q list.Query) (list.Page[Member], error) {
	var page list.Page[Member]
	if _, err := s.Channel(ctx, a, channel); err != nil {
		return page, err
	}
	after, ok, err := q.After()
	if err != nil {
		return page, err
	}
	cond, args := sees(a.Org)
	tx := s.d.R(ctx).Table("channel_member").Select("channel_member.channel, channel_member.org, channel_member.tier, org.code, org.kind, org.name, org.name_fold").
		Joins("JOIN org ON org.id = channel_member.org").Where("channel_member.channel = ?", channel).Where(cond, args...).
		Order("org.name_fold, org.id").Limit(q.Limit() + 1)
	if tier > 0 {
		tx = tx.Where("channel_member.tier = ?", tier)
	} else {
		tx = tx.Where("channel_member.tier > ?", above)
	}
	if v := strings.TrimSpace(q.Filter["q"]); v != "" {
		tx = tx.Where("(org.name_fold LIKE ? ESCAPE '!' OR org.code = ?)", list.Like(v), v)
	}
	if ok {
		tx = tx.Where("(org.name_fold > ? OR (org.name_fold = ? AND org.id > ?))", after.S, after.S, after.ID)
	}
	var rows []struct {
		Member
		NameFold string
	}
	if err := tx.Find(&rows).Error; err != nil {
		return page, err
	}
	size := q.Limit()
	if len(rows) > size {
		last := rows[size-1]
		page.Next = list.Key{S: last.NameFold, ID: int64(last.Org)}.Encode()
		rows = rows[:size]
	}
	for _, r := range rows {
		page.Items = append(page.Items, r.Member)
	}
	return page, nil
}

// AppointmentView is an appointment with the names of its sides.
type AppointmentView struct {
	Appointment
	PrincipalName, AgentName string
}

// AppointmentPage is a page of the appointments of the acting organisation, as principal and as agent, the latest first.
// Filter: agents ("1": only those that it made itself).
func (s *Service) AppointmentPage(ctx context.Context, a access.Actor, q list.Query) (list.Page[AppointmentView], error) {
	var page list.Page[AppointmentView]
	if err := s.gate.Require(ctx, a, access.Own, "appointment", "read"); err != nil {
		return page, err
	}
	after, ok, err := q.After()
	if err != nil {
		return page, err
	}
	tx := s.d.R(ctx).Table("appointment").Select("appointment.*, p.name AS principal_name, g.name AS agent_name").
		Joins("JOIN org p ON p.id = appointment.principal").Joins("JOIN org g ON g.id = appointment.agent").
		Where("(appointment.principal = ? OR appointment.agent = ?)", a.Org, a.Org).Order("appointment.from_on DESC, appointment.id DESC").Limit(q.Limit() + 1)
	if q.Filter["agents"] != "" {
		tx = tx.Where("appointment.principal = ?", a.Org)
	}
	if ok {
		tx = tx.Where("(appointment.from_on < ? OR (appointment.from_on = ? AND appointment.id < ?))", after.S, after.S, after.ID)
	}
	var rows []struct {
		Row                      appointmentRow `gorm:"embedded"`
		PrincipalName, AgentName string
	}
	if err := tx.Find(&rows).Error; err != nil {
		return page, err
	}
	for _, r := range rows {
		page.Items = append(page.Items, AppointmentView{Appointment(r.Row), r.PrincipalName, r.AgentName})
	}
	return list.Cut(page.Items, q.Limit(), func(p AppointmentView) list.Key { return list.Key{S: string(p.From), ID: int64(p.ID)} }), nil
}
