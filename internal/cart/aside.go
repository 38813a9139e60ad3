package cart

import (
	"slices"
	"strings"
	"unicode"
)

// courtesy are words of greeting, of thanks and of asking kindly, as squeezed writes them: what people say around an order.
var courtesy = wordsOf(`pagi siang sore malam petang selamat met assalamualaikum asalamualaikum assalamu alaikum waalaikumsalam wassalam salam halo hallo hai hi hello hey dear
 good morning afternoon evening makasih makasi terima terimakasih kasih trims trimakasih mksh tks tq thx thanks thank thankyou suwun nuhun hatur maturnuwun matur nuwun
 tolong mohon maaf permisi punten please pls plz ok oke okay okey siap sip`)

// besides are words that may stand beside those and still name no goods.
var besides = wordsOf(`ya y yah ye pak bapak bu ibu mas mbak mba kak kakak ka om tante bang abang gan agan bos boss sis bro min admin koh cik sir madam all semua semuanya dong deh nih sih
 banyak sekali banget you u very much so a the and dan untuk atas perhatiannya bantuannya kerjasamanya for your help to
 wr wb warahmatullahi wabarakatuh kirim kirimkan dikirim pesan pesen pesanan order mau minta saya kami sebelumnya kembali`)

func wordsOf(s string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(s) {
		out[squeezed(w)] = true
	}
	return out
}

// squeezed is a word without the letters that people draw out: "yaaa", "makasiiih".
func squeezed(w string) string { return string(slices.Compact([]rune(w))) }

// courteous tells whether a line says nothing but courtesies: words of greeting, thanks and asking, or pictures without a word. A line
// with a digit never is one.
func courteous(s string) bool {
	if strings.IndexFunc(s, unicode.IsNumber) >= 0 {
		return false
	}
	words := tokens(s)
	kind := len(words) == 0 && strings.IndexFunc(s, func(r rune) bool { return unicode.Is(unicode.So, r) }) >= 0
	for _, w := range words {
		w = squeezed(w)
		if !courtesy[w] && !besides[w] {
			return false
		}
		kind = kind || courtesy[w]
	}
	return kind
}

// aside adds a line that says nothing but courtesies: whole, and for no goods.
func (p *paper) aside(row int, raw, s string) error {
	if err := p.add(row, raw, Reading{Name: strings.TrimSpace(s)}); err != nil {
		return err
	}
	p.out[len(p.out)-1].Aside = true
	return nil
}

// mentions tells whether a text has a word of some name of the shelf: whoever sells "Selamat Pagi" biscuits is asked what was meant.
func (s *Shelf) mentions(text string) bool {
	if len(s.Find(text)) > 0 {
		return true
	}
	return slices.ContainsFunc(tokens(text), func(w string) bool { return len([]rune(w)) > 2 && len(s.tokens[w]) > 0 })
}
