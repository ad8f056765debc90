package demo

import (
	"fmt"
	"math/rand/v2"
)

// Domain is where everybody of the demo has their address.
const Domain = "demo.example"

// Password is everybody's in the demo.
const Password = "demo-guildhall"

// Staff are the sign-ins that the demo command prints, in this order.
var Staff = []struct{ Email, Name, Locale, Role, About string }{
	{"owner@" + Domain, "Ingrid Sørensen", "en", "owner", "owns both sites"},
	{"manager@" + Domain, "Marek Nowak", "en", "manager", "manager"},
	{"desk@" + Domain, "Dilara Öztürk", "en", "desk", "front desk"},
	{"instructor@" + Domain, "Isabel Fuentes", "en", "instructor", "instructor"},
	{"maker@" + Domain, "Mia Tanaka", "en", "member", "maker, certified for the laser"},
	{"novice@" + Domain, "Noah Berger", "en", "member", "maker, not certified for the laser"},
}

// Certified is how many of the numbered members, from the first on, hold Laser
// L1 and a running membership.
const Certified = 40

// People is how many numbered members there are.
const People = 300

// odd are names that pages must bear: long ones, other scripts, an apostrophe,
// an emoji, and the same name twice.
var odd = map[int]string{
	7:  "陈力",
	8:  "欧阳娜娜",
	19: "Siobhán O'Connor",
	23: "Karl-Friedrich Freiherr von Donaudampfschifffahrtsgesellschaft",
	31: "نور الهدى",
	44: "Zoë 🛠️ Baker",
	52: "Anna Schmidt",
	53: "Anna Schmidt",
	61: "阿布都热依木·买买提艾力",
	77: "María José de los Ángeles Fernández-Villaverde y Ortega",
	90: "נועה לוי",
}

var (
	germanFirst  = []string{"Anna", "Lukas", "Lena", "Jonas", "Marie", "Felix", "Sophie", "Paul", "Emma", "Leon", "Clara", "Moritz", "Hannah", "Jakob", "Greta", "Till", "Frieda", "Anton"}
	germanLast   = []string{"Müller", "Schmidt", "Schneider", "Fischer", "Weber", "Meyer", "Wagner", "Becker", "Hoffmann", "Schulz", "Koch", "Richter", "Klein", "Wolf", "Neumann", "Zimmermann", "Krüger", "Lehmann"}
	englishFirst = []string{"Olivia", "Jack", "Amelia", "Harry", "Isla", "George", "Priya", "Oscar", "Grace", "Arjun", "Chidi", "Freya", "Mateo", "Ada", "Kofi", "Ruth"}
	englishLast  = []string{"Clarke", "Patel", "Okafor", "Evans", "Hughes", "Rossi", "Duarte", "Park", "Sato", "Novak", "Lind", "Silva", "Walker", "Mensah", "Reid", "Bell"}
	chineseLast  = []string{"王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙"}
	chineseFirst = []string{"伟", "芳", "娜", "敏", "静", "磊", "洋", "艳", "勇", "杰", "思远", "雨欣", "子涵", "浩然", "晓彤", "志强"}
)

// person is one of the numbered members.
type person struct {
	email, name, locale, phone string
}

// someone makes the n-th person, from 1; the same each time for the same seed.
func someone(n int, r *rand.Rand) person {
	p := person{email: fmt.Sprintf("member%03d@%s", n, Domain), locale: "en", phone: fmt.Sprintf("+49 151 555%05d", 100+n*37%89000)}
	switch r.IntN(10) {
	case 0, 1, 2:
		p.name = pick(r, chineseLast) + pick(r, chineseFirst)
		p.locale, p.phone = "zh-CN", fmt.Sprintf("+86 138 0013 %04d", (n*71)%10000)
	case 3, 4, 5:
		p.name = pick(r, englishFirst) + " " + pick(r, englishLast)
	default:
		p.name = pick(r, germanFirst) + " " + pick(r, germanLast)
	}
	if name, ok := odd[n]; ok {
		p.name = name
	}
	return p
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }
