package partner

import (
	"context"

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
