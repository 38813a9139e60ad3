package view

import (
	"context"

	"saluran/internal/clock"
	"saluran/web/kit"
)

// File is an attachment in a list.
type File struct {
	ID, Name, Media, Size string
	From, Person          string
	Sent                  clock.Instant
	Picture, MayEnd       bool
	Version               int64
}

// Files are the attachments of a document, with the form that adds to them.
type Files struct {
	Kind, Doc string
	Rows      []File
	MayAttach bool
	Error     string
	Accept    string
}

func (f File) icon() string {
	if f.Picture {
		return "photo"
	}
	return "file-text"
}

func (f File) href() string {
	if f.Picture {
		return "/attachments/" + f.ID + "?show=1"
	}
	return "/attachments/" + f.ID
}

// fileField chooses files, several of them.
func fileField(ctx context.Context, name, accept, wrong string) kit.Field {
	return kit.Field{Name: name, Type: "file", Label: t(ctx, "file.choose"), Accept: accept, Several: true, Err: wrong, Hint: t(ctx, "file.hint")}
}

// photoField takes pictures: it opens the camera of a phone, and chooses pictures elsewhere.
func photoField(ctx context.Context, name, label, wrong string) kit.Field {
	return kit.Field{Name: name, Type: "file", Label: label, Accept: "image/jpeg,image/png,image/webp", Capture: "environment", Several: true, Optional: true,
		Err: wrong, Hint: t(ctx, "file.photo_hint")}
}

// proofField takes what proves a payment: a picture of the slip, or the bank's PDF.
func proofField(ctx context.Context, wrong string) kit.Field {
	return kit.Field{Name: "proof", Type: "file", Label: t(ctx, "file.proof"), Accept: ".pdf,.jpg,.jpeg,.png,.webp", Several: true, Optional: true, Err: wrong,
		Hint: t(ctx, "file.proof_hint")}
}

// cameraField takes the proof with the camera of a phone, where the field beside it opens what lies there already; both are sent as one.
func cameraField(ctx context.Context) kit.Field {
	f := photoField(ctx, "proof", t(ctx, "file.camera"), "")
	f.Apart, f.Hint = "photo", t(ctx, "file.camera_hint")
	return f
}
