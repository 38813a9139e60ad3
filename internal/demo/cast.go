package demo

// Places of the demonstration, by time zone.
const (
	wib  = "Asia/Jakarta"
	wita = "Asia/Makassar"
)

// part is an organisation of the demonstration.
type part struct {
	code, kind, name string
	city, zone       string
	address, phone   string
	vat, large       bool
	by               string // who registers it; "" for the set-up
	mail             string // domain of its sign-ins; "" where nobody signs in
	owner            string
}

const (
	operator = "SALURAN"
	producer = "LWR"
	roaster  = "OMK"
	agent    = "PBJ"
)

var cast = []part{
	{operator, "operator", "Pengelola Saluran Nusantara", "Jakarta", wib, "Jl. Kebon Sirih 12", "021-5550100", false, false, "", "saluran.example", "Aditya Pranoto"},
	{producer, "producer", "PT Kopi Lereng Welirang", "Sidoarjo", wib, "Jl. Raya Buduran 88", "031-5550188", true, true, "", "lerengwelirang.example", "Maharani Kusumo"},
	{roaster, "producer", "Sangrai Omah Kelir", "Malang", wib, "Jl. Semeru 7", "0341-555077", false, false, operator, "omahkelir.example", "Bagas Winarno"},
	{"MNT", "distributor", "PT Makassar Niaga Timur", "Makassar", wita, "Jl. Veteran Utara 210", "0411-555210", true, true, producer, "niagatimur.example", "Andi Rahmawati"},
	{"SPL", "distributor", "CV Surabaya Pangan Lestari", "Surabaya", wib, "Jl. Rungkut Industri 31", "031-5550231", true, false, producer, "panganlestari.example", "Hendra Gunawan"},
	{"GPT", "wholesaler", "Grosir Pasar Terong", "Makassar", wita, "Pasar Terong Blok C4", "0411-555004", true, false, "MNT", "grosirterong.example", "Daeng Situju"},
	{"GKJ", "wholesaler", "Grosir Kendari Jaya", "Kendari", wita, "Jl. Edi Sabara 15", "0401-555015", false, false, "MNT", "", "Wa Ode Nurmala"},
	{"GPM", "wholesaler", "Grosir Pabean Makmur", "Surabaya", wib, "Jl. Songoyudan 42", "031-5550042", true, false, "SPL", "", "Lie Tjin Hok"},
	{"GJS", "wholesaler", "Grosir Jember Sentosa", "Jember", wib, "Jl. Gajah Mada 19", "0331-555019", true, false, producer, "", "Siti Zulaikha"},
	{agent, "agent", "CV Perantara Bumi Jawa", "Yogyakarta", wib, "Jl. Kaliurang km 5", "0274-555505", false, false, producer, "perantarabumi.example", "Yohanes Suryadi"},
}

// shop is a retailer: who serves it, and how well it pays.
type shop struct {
	code, name, city string
	from             string // its seller
	channel          string
	habit            habit
}

var shops = []shop{
	{"T01", "Toko Sinar Losari", "Makassar", "GPT", full, onTime}, {"T02", "Toko Bintang Panakkukang", "Makassar", "GPT", full, late},
	{"T03", "Warung Daeng Ngalle", "Gowa", "GPT", full, halves}, {"T04", "Toko Cahaya Maros", "Maros", "GPT", full, prompt},
	{"T05", "Toko Sumber Rejeki Parepare", "Parepare", "GPT", full, never}, {"T06", "Toko Anugerah Bone", "Watampone", "GPT", full, onTime},
	{"T07", "Toko Mekar Bulukumba", "Bulukumba", "GPT", full, roundsUp},
	{"T08", "Toko Anoa Jaya", "Kendari", "GKJ", full, onTime}, {"T09", "Toko Lulo Sejahtera", "Kendari", "GKJ", full, late},
	{"T10", "Kios Teluk Kendari", "Kendari", "GKJ", full, prompt}, {"T11", "Toko Konawe Indah", "Unaaha", "GKJ", full, halves},
	{"T12", "Toko Kolaka Utama", "Kolaka", "GKJ", full, onTime}, {"T13", "Kios Buton Bahari", "Baubau", "GKJ", full, onTime},
	{"T14", "Toko Ampel Berkah", "Surabaya", "GPM", full, onTime}, {"T15", "Toko Kenjeran Baru", "Surabaya", "GPM", full, late},
	{"T16", "Toko Gresik Maju", "Gresik", "GPM", full, prompt}, {"T17", "Toko Bangkalan Madura", "Bangkalan", "GPM", full, never},
	{"T18", "Toko Mojopahit", "Mojokerto", "GPM", full, halves}, {"T19", "Toko Lamongan Jaya", "Lamongan", "GPM", full, onTime},
	{"T20", "Toko Tuban Pesisir", "Tuban", "GPM", full, roundsUp},
	{"T21", "Toko Tembakau Raya", "Jember", "GJS", wholesale, onTime}, {"T22", "Toko Ijen Makmur", "Bondowoso", "GJS", wholesale, prompt},
	{"T23", "Toko Blambangan", "Banyuwangi", "GJS", wholesale, late}, {"T24", "Toko Lumajang Subur", "Lumajang", "GJS", wholesale, onTime},
	{"T25", "Toko Situbondo Asri", "Situbondo", "GJS", wholesale, halves}, {"T26", "Toko Probolinggo Anggur", "Probolinggo", "GJS", wholesale, onTime},
	{"T27", "Swalayan Delta Sidoarjo", "Sidoarjo", producer, retail, prompt}, {"T28", "Kafe Pelataran Tugu", "Malang", producer, retail, late},
	{"T29", "Swalayan Kemang Segar", "Jakarta", producer, retail, roundsUp}, {"T30", "Kafe Rel Gambir", "Jakarta", producer, retail, onTime},
	{"T31", "Toko Malioboro Lestari", "Yogyakarta", producer, viaAgent, onTime}, {"T32", "Toko Laweyan", "Surakarta", producer, viaAgent, late},
	{"T33", "Toko Simpang Lima", "Semarang", producer, viaAgent, prompt}, {"T34", "Toko Magelang Tidar", "Magelang", producer, viaAgent, halves},
	{"T35", "Warung Bu Sastro", "Bantul", producer, merchants, onTime}, {"T36", "Warung Pak Karyo", "Sleman", producer, merchants, onTime},
	{"T37", "Warung Mbak Yanti", "Klaten", producer, merchants, late}, {"T38", "Angkringan Lek Min", "Yogyakarta", producer, merchants, onTime},
	{"T39", "Warung Bu Tumini", "Kulon Progo", producer, merchants, late}, {"T40", "Kios Stasiun Wates", "Kulon Progo", producer, merchants, never},
}

// staffed is the shop that has people of its own to sign in.
const staffed, staffedMail = "T01", "sinarlosari.example"

// consumers that the roaster knows by name; the rest is nameless.
var consumers = []part{
	{"K01", "consumer", "Ratna Dewi", "Malang", wib, "Jl. Bromo 3", "", false, false, roaster, "pelanggan.example", "Ratna Dewi"},
	{"K02", "consumer", "Fajar Nugroho", "Batu", wib, "Jl. Diponegoro 11", "", false, false, roaster, "", "Fajar Nugroho"},
	{"K03", "consumer", "Clara Simatupang", "Surabaya", wib, "Jl. Darmo 54", "", false, false, roaster, "", "Clara Simatupang"},
}

// owners of shops, in the order of the shops; they begin anew where they run out.
var owners = []string{"Haji Baharuddin", "Nurhayati Daud", "Ngalle Mattola", "Rosmini", "Iskandar Muda", "Andi Tenri", "Sudirman Jafar", "La Ode Ali",
	"Hartati", "Wa Ina", "Mustamin", "Yusran Silondae", "Zainab Buton", "Abdul Karim", "Sulastri", "Gatot Subekti", "Mat Tahir", "Endang Wuryani",
	"Kasdi", "Umi Kulsum", "Bambang Irawan", "Wiwik Handayani", "Made Suardana", "Slamet Riyadi", "Nanik Purwati", "Koh Aming", "Stefani Halim",
	"Dimas Prabowo", "Veronika Tan", "Reza Mahendra", "Sri Lestari", "Joko Susilo", "Tjandra Wibawa", "Parjono", "Sastro Wiyono", "Karyo Utomo",
	"Yanti Puspita", "Min Sugiarto", "Tumini", "Agus Wates"}

// roles of the people of a kind of organisation who can sign in, the owner first.
var roles = []string{"owner", "sales", "purchasing", "warehouse", "finance", "service", "marketing", "viewer"}

// given are the names of the people of a firm, in the order of roles after the owner.
var given = map[string][]string{
	producer: {"Rizky Ananda", "Dewi Larasati", "Sugeng Hartono", "Linda Wijaya", "Teguh Santoso", "Putri Maharani", "Arif Budiman"},
	roaster:  {"Nadia Kirana", "", "", "", "", "", ""},
	"MNT":    {"Fitri Handoko", "Irfan Syah", "Baso Mangkona", "Grace Lolo", "Ilham Saleh", "Mega Sari", "Ruslan Hakim"},
	"SPL":    {"Nina Kartika", "", "", "", "", "", ""},
	"GPT":    {"Hasnah Tahir", "Amir Mahmud", "Saparuddin", "Jumriah", "Kamal Idris", "Sitti Aisyah", "Rahman Said"},
	agent:    {"Kristina Wulan", "Dwi Cahyo", "Budi Raharjo", "Anastasia Rini", "Eko Prasetyo", "Maya Anggraini", "Tri Wahyuni"},
	staffed:  {"Nur Aini", "Syamsul Bahri", "Rudi Hamzah", "Marwah", "Asrul Sani", "Indah Permata", "Fadli Umar"},
}
