package demo

import "guildhall/internal/i18n"

// place is a demo space: its address, hours, areas, resources and plans.
type place struct {
	slug, country, zone, currency string
	name, about                   i18n.Text
	address, email, phone         string
	hours                         []hours
	areas                         []area
	certifications                []certification
	plans                         []plan
	resources                     []resource
	holidays                      map[string]i18n.Text // "01-01" in every year
}

// hours is an opening on some weekdays, in whole hours of the wall.
type hours struct {
	weekdays    []int
	opens, shut int
	keyHolders  bool
}

type area struct {
	slug, family string
	name         i18n.Text
}

type certification struct {
	code string
	name i18n.Text
}

type plan struct {
	code, group string
	name        i18n.Text
	keyHolder   bool
	price       int64 // minor units a month
}

// resource is a row of the demo's equipment list: prices are minor units an
// hour, or a day where daily is set; -1 means not for guests.
type resource struct {
	slug, area, kind string
	name             i18n.Text
	model            string
	kindOf           string // machine, desk, room
	units            int
	places           bool
	guest, member    int64
	daily            bool
	step, min, max   int // minutes
	ahead            int // days
	before, after    int // minutes of buffer
	needs            string
	parent           string
	let              bool // let by the month: shown, not booked by the hour
	about            i18n.Text
	materials        i18n.Text
	hazards          i18n.Text
	buddyAfter       int // from this hour on, two people; 0: never
}

func both(en, zh string) i18n.Text { return i18n.Text{EN: en, ZH: zh} }

var (
	ventilate = both("Extraction on before the first cut. Never leave a running job.", "先开排烟再切割。运行中不得离开。")
	goggles   = both("Safety glasses, no gloves, no loose sleeves.", "戴护目镜，不戴手套，袖口收紧。")
	hot       = both("Hot surfaces. Let it cool before you open it.", "表面高温。冷却后再打开。")
	none      = i18n.Text{}
)

var harbour = place{
	slug: "harbour", country: "DE", zone: "Europe/Berlin", currency: "EUR",
	name:    both("Harbour Makers", "港湾创客"),
	about:   both("A workshop by the water: laser, wood, metal, print, electronics and textiles under one roof.", "水边的开放工坊：激光、木工、金工、3D 打印、电子与纺织，同在一个屋檐下。"),
	address: "Hafenstraße 12, 10317 Berlin", email: "hello@demo.example", phone: "+49 30 5550100",
	hours: []hours{
		{weekdays: []int{2, 3, 4, 5}, opens: 14, shut: 21},
		{weekdays: []int{6}, opens: 10, shut: 18},
		{weekdays: []int{1, 2, 3, 4, 5, 6, 7}, opens: 6, shut: 24, keyHolders: true},
	},
	holidays: map[string]i18n.Text{
		"01-01": both("New Year's Day", "元旦"), "05-01": both("Labour Day", "劳动节"), "10-03": both("German Unity Day", "德国统一日"),
		"12-24": both("Winter break", "冬歇"), "12-25": both("Christmas Day", "圣诞节"), "12-26": both("Boxing Day", "圣诞次日"),
		"12-27": both("Winter break", "冬歇"), "12-28": both("Winter break", "冬歇"), "12-29": both("Winter break", "冬歇"),
		"12-30": both("Winter break", "冬歇"), "12-31": both("Winter break", "冬歇"),
	},
	areas: []area{
		{"laser", "laser", both("Laser lab", "激光工区")},
		{"print", "print", both("3D printing", "3D 打印区")},
		{"metal", "metal", both("CNC and metal", "数控与金工区")},
		{"wood", "wood", both("Wood shop", "木工区")},
		{"electronics", "electronics", both("Electronics lab", "电子工区")},
		{"textile", "textile", both("Textile studio", "纺织工作室")},
		{"forming", "metal", both("Forming and finishing", "成型与表面处理区")},
		{"desks", "rooms", both("Desks and rooms", "工位与房间")},
	},
	certifications: []certification{
		{"laser-l1", both("Laser L1", "激光 L1")}, {"3d-l1", both("3D printing L1", "3D 打印 L1")}, {"3d-l2", both("3D printing L2", "3D 打印 L2")},
		{"cnc-l2", both("CNC L2", "数控 L2")}, {"metal-l2", both("Metal L2", "金工 L2")}, {"wood-l1", both("Wood L1", "木工 L1")},
		{"weld-l1", both("Welding L1", "焊接 L1")}, {"electronics-l1", both("Electronics L1", "电子 L1")}, {"textile-l1", both("Textile L1", "纺织 L1")},
		{"vacuum-l1", both("Vacuum former L1", "吸塑机 L1")}, {"kiln-l1", both("Kiln L1", "窑炉 L1")}, {"spray-l1", both("Spray booth L1", "喷漆房 L1")},
	},
	plans: []plan{
		{"day-pass", "guest", both("Day pass", "日票"), false, 1500},
		{"community", "member", both("Community", "社区"), false, 2500},
		{"maker", "member", both("Maker", "创客"), false, 4900},
		{"pro", "member", both("Pro", "专业"), true, 9500},
		{"student", "member", both("Student", "学生"), false, 1900},
		{"family", "member", both("Family add-on", "家庭附加"), false, 1500},
		{"youth", "member", both("Youth", "青少年"), false, 1000},
		{"company", "member", both("Company, 5 seats", "企业（5 席）"), true, 29000},
		{"supporter", "member", both("Supporter", "支持者"), false, 10000},
		{"unlimited", "member", both("Unlimited", "畅享"), true, 17500},
	},
	resources: []resource{
		{slug: "laser-a", area: "laser", kind: "co2-laser-100w", name: both("Laser A", "激光切割机 A"), model: "Trotec Speedy 300, 100 W", kindOf: "machine", units: 1, guest: 2400, member: 1200, step: 15, min: 30, max: 120, ahead: 14, after: 10, needs: "laser-l1",
			about: both("Cuts and engraves sheets up to 726 × 432 mm.", "切割、雕刻最大 726 × 432 mm 的板材。"), materials: both("Plywood to 8 mm, acrylic to 10 mm, card, leather. No PVC, no polycarbonate.", "8 mm 以内胶合板、10 mm 以内亚克力、卡纸、皮革。禁用 PVC 与聚碳酸酯。"), hazards: ventilate},
		{slug: "laser-b", area: "laser", kind: "co2-laser-100w", name: both("Laser B", "激光切割机 B"), model: "Epilog Fusion Pro 32, 100 W", kindOf: "machine", units: 1, guest: 2400, member: 1200, step: 15, min: 30, max: 120, ahead: 14, after: 10, needs: "laser-l1",
			about: both("The bigger bed: 812 × 508 mm, with camera positioning.", "更大的台面：812 × 508 mm，带摄像头定位。"), materials: both("Plywood to 8 mm, acrylic to 10 mm, card, leather. No PVC, no polycarbonate.", "8 mm 以内胶合板、10 mm 以内亚克力、卡纸、皮革。禁用 PVC 与聚碳酸酯。"), hazards: ventilate},
		{slug: "laser-c", area: "laser", kind: "co2-laser-40w", name: both("Laser C", "激光切割机 C"), model: "Mr Beam II, 40 W", kindOf: "machine", units: 1, guest: 1200, member: 600, step: 15, min: 15, max: 120, ahead: 14, after: 10, needs: "laser-l1",
			about: both("Small and quick: labels, stamps, 3 mm plywood.", "小巧快速：标签、印章、3 mm 胶合板。"), materials: both("Plywood to 3 mm, card, felt, rubber.", "3 mm 以内胶合板、卡纸、毛毡、橡胶。"), hazards: ventilate},
		{slug: "fdm", area: "print", kind: "fdm-printer", name: both("FDM printer", "FDM 打印机"), model: "Prusa MK4S", kindOf: "machine", units: 6, guest: 200, member: 100, step: 30, min: 60, max: 1440, ahead: 7, needs: "3d-l1",
			about: both("Six alike: book any one of them, by day or overnight.", "六台同款，任意一台可约，白天或过夜皆可。"), materials: both("PLA and PETG from the shelf, your own TPU.", "自取 PLA、PETG；TPU 自备。"), hazards: both("Nozzle at 240 °C.", "喷嘴 240 °C。")},
		{slug: "resin", area: "print", kind: "resin-printer", name: both("Resin printer", "光固化打印机"), model: "Formlabs Form 3+", kindOf: "machine", units: 2, guest: 400, member: 300, step: 30, min: 60, max: 720, ahead: 7, after: 30, needs: "3d-l2",
			about: both("Fine parts with 25 µm layers, wash and cure beside it.", "25 µm 层厚的精细件，旁边可清洗、固化。"), materials: both("Standard and tough resin.", "标准树脂与韧性树脂。"), hazards: both("Nitrile gloves. Resin never goes down the sink.", "戴丁腈手套。树脂不得倒入水槽。")},
		{slug: "cnc-router", area: "metal", kind: "cnc-router", name: both("CNC router", "数控雕刻机"), model: "Shapeoko HDM", kindOf: "machine", units: 1, guest: 3000, member: 1800, step: 30, min: 60, max: 240, ahead: 21, after: 30, needs: "cnc-l2", buddyAfter: 20,
			about: both("Routs wood, plastics and aluminium plate to 790 × 540 mm.", "加工木材、塑料与铝板，最大 790 × 540 mm。"), materials: both("Wood, MDF, acrylic, aluminium.", "木材、密度板、亚克力、铝。"), hazards: goggles},
		{slug: "cnc-mill", area: "metal", kind: "cnc-mill", name: both("CNC mill", "数控铣床"), model: "Haas Mini Mill", kindOf: "machine", units: 1, guest: 3000, member: 1500, step: 30, min: 60, max: 240, ahead: 21, after: 15, needs: "metal-l2",
			about: both("Three axes, steel and aluminium, to 0.02 mm.", "三轴加工，钢与铝，精度 0.02 mm。"), materials: both("Steel, aluminium, brass.", "钢、铝、黄铜。"), hazards: goggles},
		{slug: "lathe", area: "metal", kind: "lathe", name: both("Lathe", "车床"), model: "Weiler Matador", kindOf: "machine", units: 1, guest: 3000, member: 1500, step: 30, min: 60, max: 240, ahead: 21, after: 15, needs: "metal-l2",
			about: both("650 mm between centres.", "顶尖距 650 mm。"), materials: both("Steel, aluminium, brass, plastics.", "钢、铝、黄铜、塑料。"), hazards: goggles},
		{slug: "welding-1", area: "metal", kind: "welding", name: both("Welding bay 1 (MIG)", "焊接位 1（MIG）"), model: "Fronius TransSteel 2200", kindOf: "machine", units: 1, guest: -1, member: 600, step: 30, min: 60, max: 180, ahead: 14, needs: "weld-l1",
			about: both("MIG on steel to 8 mm.", "MIG 焊，8 mm 以内钢材。"), materials: both("Mild steel.", "低碳钢。"), hazards: hot},
		{slug: "welding-2", area: "metal", kind: "welding", name: both("Welding bay 2 (TIG)", "焊接位 2（TIG）"), model: "EWM Tetrix 230", kindOf: "machine", units: 1, guest: -1, member: 600, step: 30, min: 60, max: 180, ahead: 14, needs: "weld-l1",
			about: both("TIG on steel, stainless and aluminium.", "TIG 焊，钢、不锈钢与铝。"), materials: both("Steel, stainless, aluminium.", "钢、不锈钢、铝。"), hazards: hot},
		{slug: "wood-shop", area: "wood", kind: "wood-shop", name: both("Whole wood shop", "整间木工房"), model: "", kindOf: "room", units: 1, guest: 4500, member: 2500, step: 60, min: 60, max: 480, ahead: 90, after: 30, needs: "wood-l1",
			about: both("The room with all its machines, for a class or a big build.", "整间木工房连同所有设备，适合上课或大件制作。"), materials: none, hazards: goggles},
		{slug: "table-saw", area: "wood", kind: "table-saw", name: both("Table saw", "台锯"), model: "Altendorf WA 6", kindOf: "machine", units: 1, guest: -1, member: 300, step: 15, min: 30, max: 180, ahead: 7, needs: "wood-l1", parent: "wood-shop",
			about: both("Rips and crosscuts panels to 2.6 m.", "裁切 2.6 m 以内的板材。"), materials: both("Solid wood, plywood, MDF. No metal.", "实木、胶合板、密度板。禁止金属。"), hazards: goggles},
		{slug: "bandsaw", area: "wood", kind: "bandsaw", name: both("Bandsaw", "带锯"), model: "Felder FB 510", kindOf: "machine", units: 1, guest: -1, member: 300, step: 15, min: 30, max: 180, ahead: 7, needs: "wood-l1", parent: "wood-shop",
			about: both("Curves and resawing to 410 mm.", "曲线切割，剖板高度 410 mm。"), materials: both("Wood.", "木材。"), hazards: goggles},
		{slug: "planer", area: "wood", kind: "planer", name: both("Planer and thicknesser", "平压刨床"), model: "Hammer A3 31", kindOf: "machine", units: 1, guest: -1, member: 300, step: 15, min: 30, max: 180, ahead: 7, needs: "wood-l1", parent: "wood-shop",
			about: both("Flat and square to 310 mm.", "刨平、压厚，宽 310 mm。"), materials: both("Solid wood without nails.", "无钉实木。"), hazards: goggles},
		{slug: "pcb-mill", area: "electronics", kind: "pcb-mill", name: both("PCB mill", "PCB 雕刻机"), model: "LPKF ProtoMat S64", kindOf: "machine", units: 1, guest: 600, member: 300, step: 15, min: 30, max: 240, ahead: 14, needs: "electronics-l1",
			about: both("Two-layer boards in an hour.", "一小时做出双面板。"), materials: both("FR4 and FR1 blanks.", "FR4、FR1 覆铜板。"), hazards: none},
		{slug: "pick-and-place", area: "electronics", kind: "pick-and-place", name: both("Pick and place", "贴片机"), model: "LumenPnP v3", kindOf: "machine", units: 1, guest: 600, member: 300, step: 15, min: 30, max: 240, ahead: 14, needs: "electronics-l1",
			about: both("Small series down to 0402.", "小批量贴片，最小 0402。"), materials: none, hazards: none},
		{slug: "scope-bench", area: "electronics", kind: "scope-bench", name: both("Scope bench", "测量工位"), model: "Rigol DHO924", kindOf: "desk", units: 3, places: true, guest: 600, member: 300, step: 15, min: 30, max: 240, ahead: 14, needs: "electronics-l1",
			about: both("Three places with scope, supply and iron. Bring a friend: each takes a place.", "三个席位，配示波器、电源与烙铁。可带同伴，每人占一席。"), materials: none, hazards: none},
		{slug: "embroidery", area: "textile", kind: "embroidery", name: both("Embroidery machine", "绣花机"), model: "Brother PR1X", kindOf: "machine", units: 1, guest: 400, member: 0, step: 15, min: 15, max: 120, ahead: 14, needs: "textile-l1",
			about: both("Patches and caps from your own drawing.", "按自己的图样绣章、绣帽。"), materials: both("Cotton, felt, denim.", "棉布、毛毡、牛仔布。"), hazards: none},
		{slug: "sewing", area: "textile", kind: "sewing", name: both("Sewing machine", "缝纫机"), model: "Bernina 335", kindOf: "machine", units: 4, guest: 400, member: 0, step: 15, min: 15, max: 120, ahead: 14,
			about: both("Four machines, free for members.", "四台缝纫机，会员免费。"), materials: none, hazards: none},
		{slug: "vinyl-cutter", area: "textile", kind: "vinyl-cutter", name: both("Vinyl cutter", "刻字机"), model: "Roland GS2-24", kindOf: "machine", units: 1, guest: 400, member: 0, step: 15, min: 15, max: 120, ahead: 14,
			about: both("Stickers and transfers to 58 cm wide.", "58 cm 宽以内的贴纸与热转印膜。"), materials: both("Vinyl, flex film, paper.", "不干胶、热转印膜、纸。"), hazards: none},
		{slug: "vacuum-former", area: "forming", kind: "vacuum-former", name: both("Vacuum former", "吸塑机"), model: "Formech 450DT", kindOf: "machine", units: 1, guest: 1000, member: 500, step: 60, min: 60, max: 720, ahead: 14, after: 60, needs: "vacuum-l1",
			about: both("Forms sheets to 430 × 280 mm.", "吸塑成型，板材最大 430 × 280 mm。"), materials: both("HIPS, PETG, ABS to 4 mm.", "4 mm 以内 HIPS、PETG、ABS。"), hazards: hot},
		{slug: "kiln", area: "forming", kind: "kiln", name: both("Kiln", "窑炉"), model: "Nabertherm Top 60", kindOf: "machine", units: 1, guest: 1000, member: 500, step: 60, min: 60, max: 720, ahead: 14, after: 60, needs: "kiln-l1",
			about: both("60 litres to 1,280 °C.", "60 升，最高 1280 °C。"), materials: both("Clay, glaze, glass.", "陶泥、釉料、玻璃。"), hazards: hot},
		{slug: "spray-booth", area: "forming", kind: "spray-booth", name: both("Spray booth", "喷漆房"), model: "Aerografitec 2 m", kindOf: "machine", units: 1, guest: 1000, member: 500, step: 60, min: 60, max: 720, ahead: 14, after: 60, needs: "spray-l1",
			about: both("Two metres wide, filtered, with drying rack.", "两米宽，带过滤与晾架。"), materials: both("Water-based paint and varnish.", "水性漆与清漆。"), hazards: both("Mask on, fan on.", "戴口罩，开风机。")},
		{slug: "hot-desk", area: "desks", kind: "hot-desk", name: both("Hot desk", "共享工位"), model: "", kindOf: "desk", units: 12, guest: 1500, member: 0, daily: true, ahead: 60,
			about: both("A desk for the day, with Wi-Fi and coffee within reach.", "按天使用的工位，有 Wi-Fi，咖啡就在手边。"), materials: none, hazards: none},
		{slug: "fixed-desk", area: "desks", kind: "fixed-desk", name: both("Fixed desk", "固定工位"), model: "", kindOf: "desk", units: 6, let: true,
			about: both("Yours by the month. Ask at the front desk.", "按月租用。请到前台办理。"), materials: none, hazards: none},
		{slug: "locker", area: "desks", kind: "locker", name: both("Locker", "储物柜"), model: "40 × 40 × 50 cm", kindOf: "desk", units: 40, let: true,
			about: both("Yours by the month. Ask at the front desk.", "按月租用。请到前台办理。"), materials: none, hazards: none},
		{slug: "classroom", area: "desks", kind: "classroom", name: both("Classroom", "教室"), model: "", kindOf: "room", units: 1, guest: 4500, member: 2500, step: 60, min: 60, max: 480, ahead: 90, after: 30,
			about: both("24 people, projector, whiteboards on three walls.", "可容 24 人，有投影，三面白板墙。"), materials: none, hazards: none},
	},
}

var shanghai = place{
	slug: "shanghai", country: "CN", zone: "Asia/Shanghai", currency: "CNY",
	name:    both("Harbour Makers Shanghai", "港湾创客上海"),
	about:   both("The sister workshop on Suzhou Creek.", "苏州河畔的姊妹工坊。"),
	address: "上海市静安区光复路 127 号", email: "shanghai@demo.example", phone: "+86 21 5550 0100",
	hours: []hours{
		{weekdays: []int{3, 4, 5, 6, 7}, opens: 10, shut: 21},
		{weekdays: []int{1, 2, 3, 4, 5, 6, 7}, opens: 6, shut: 24, keyHolders: true},
	},
	holidays: map[string]i18n.Text{
		"01-01": both("New Year's Day", "元旦"), "05-01": both("Labour Day", "劳动节"),
		"10-01": both("National Day", "国庆节"), "10-02": both("National Day", "国庆节"), "10-03": both("National Day", "国庆节"),
	},
	areas: []area{
		{"laser", "laser", both("Laser lab", "激光工区")},
		{"print", "print", both("3D printing", "3D 打印区")},
		{"electronics", "electronics", both("Electronics lab", "电子工区")},
		{"wood", "wood", both("Wood shop", "木工区")},
		{"desks", "rooms", both("Desks and rooms", "工位与房间")},
	},
	certifications: []certification{
		{"laser-l1", both("Laser L1", "激光 L1")}, {"3d-l1", both("3D printing L1", "3D 打印 L1")},
		{"wood-l1", both("Wood L1", "木工 L1")}, {"electronics-l1", both("Electronics L1", "电子 L1")},
	},
	plans: []plan{
		{"day-pass", "guest", both("Day pass", "日票"), false, 9900},
		{"maker", "member", both("Maker", "创客"), false, 39900},
		{"pro", "member", both("Pro", "专业"), true, 79900},
	},
	resources: []resource{
		{slug: "laser-1", area: "laser", kind: "co2-laser-100w", name: both("Laser 1", "激光切割机 1"), model: "Thunder Nova 35", kindOf: "machine", units: 1, guest: 12000, member: 6000, step: 15, min: 30, max: 120, ahead: 14, after: 10, needs: "laser-l1",
			about: both("Cuts and engraves sheets up to 900 × 600 mm.", "切割、雕刻最大 900 × 600 mm 的板材。"), materials: both("Plywood, acrylic, card.", "胶合板、亚克力、卡纸。"), hazards: ventilate},
		{slug: "fdm", area: "print", kind: "fdm-printer", name: both("FDM printer", "FDM 打印机"), model: "Bambu P1S", kindOf: "machine", units: 4, guest: 1500, member: 800, step: 30, min: 60, max: 1440, ahead: 7, needs: "3d-l1",
			about: both("Four alike, enclosed.", "四台同款，封闭机箱。"), materials: both("PLA, PETG, ABS.", "PLA、PETG、ABS。"), hazards: none},
		{slug: "scope-bench", area: "electronics", kind: "scope-bench", name: both("Scope bench", "测量工位"), model: "Siglent SDS2104X", kindOf: "desk", units: 3, places: true, guest: 3000, member: 1500, step: 15, min: 30, max: 240, ahead: 14, needs: "electronics-l1",
			about: both("Three places with scope and supply.", "三个席位，配示波器与电源。"), materials: none, hazards: none},
		{slug: "cnc-router", area: "wood", kind: "cnc-router", name: both("CNC router", "数控雕刻机"), model: "精雕 6090", kindOf: "machine", units: 1, guest: 15000, member: 9000, step: 30, min: 60, max: 240, ahead: 21, after: 30, needs: "wood-l1",
			about: both("Wood and plastics to 900 × 600 mm.", "加工木材与塑料，最大 900 × 600 mm。"), materials: both("Wood, MDF, acrylic.", "木材、密度板、亚克力。"), hazards: goggles},
		{slug: "hot-desk", area: "desks", kind: "hot-desk", name: both("Hot desk", "共享工位"), model: "", kindOf: "desk", units: 12, guest: 8000, member: 0, daily: true, ahead: 60,
			about: both("A desk for the day.", "按天使用的工位。"), materials: none, hazards: none},
		{slug: "meeting-room", area: "desks", kind: "meeting-room", name: both("Meeting room", "会议室"), model: "", kindOf: "room", units: 1, guest: 18000, member: 9000, step: 60, min: 60, max: 480, ahead: 90,
			about: both("Eight people, screen, whiteboard.", "可容 8 人，有屏幕与白板。"), materials: none, hazards: none},
	},
}
