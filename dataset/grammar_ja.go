package dataset

import "strconv"

// Japanese says the scene in the order a person would write it, the ground
// first and the look last:
//
//	グラデーションのグレーの背景の左上に紫のフグ
//	雪の中、ネコの左に小さなイヌ、フラットな漫画風
func (s Scene) Japanese() string {
	text := s.japaneseWhere() + s.Things[0].japanese(s.Omit.Size)
	if !s.Omit.Look {
		text += "、" + s.Look.Japanese
	}
	return text
}

// japaneseWhere is everything before the first thing: ground, place, relation.
func (s Scene) japaneseWhere() string {
	place, placed := placeNames[s.Place]
	placed = placed && !s.Omit.Place
	switch {
	case s.Relation != None:
		return s.japaneseAdverb() + s.Things[1].japanese(s.Omit.Size) + "の" + relationNames[s.Relation].Japanese
	case s.Omit.Ground && placed:
		return "画面の" + place.Japanese
	case s.Omit.Ground:
		return ""
	case placed:
		return s.Ground.japaneseWhole(s.Omit.Pattern) + "の" + place.Japanese
	}
	return s.Ground.japaneseAttribute(s.Omit.Pattern) + "の"
}

// japaneseAdverb puts the ground before a whole sentence: "雪の中、".
func (s Scene) japaneseAdverb() string {
	if s.Omit.Ground {
		return ""
	}
	if scenery, ok := sceneryNames[s.Ground.Kind]; ok {
		return scenery.Adverb + "、"
	}
	return s.Ground.japaneseWhole(s.Omit.Pattern) + "で、"
}

// japaneseAttribute puts the ground before の and a noun.
func (g Ground) japaneseAttribute(omitPattern bool) string {
	if scenery, ok := sceneryNames[g.Kind]; ok {
		return scenery.Japanese
	}
	return g.japaneseWhole(omitPattern)
}

// japaneseWhole is the ground as the noun whose left or top is meant.
func (g Ground) japaneseWhole(omitPattern bool) string {
	if scenery, ok := sceneryNames[g.Kind]; ok {
		return scenery.Whole
	}
	background := Colours[g.Colour].Japanese + "背景"
	if g.Kind == Plain && omitPattern {
		return background
	}
	return patternNames[g.Kind].Japanese + background
}

// japanese says one thing: "2匹の小さな赤いイヌ".
func (p Placed) japanese(omitSize bool) string {
	text := ""
	if p.Count > 1 {
		text = p.Thing.counted(p.Count)
	}
	if size, ok := sizeNames[p.Size]; ok && !omitSize {
		text += size.Japanese
	}
	if p.Colour != Natural {
		text += Colours[p.Colour].Japanese
	}
	return text + p.Thing.Name.Japanese
}

// counters are the words that count things of a kind; つ counts everything else.
var counters = map[string]string{"animal": "匹", "vehicle": "台", "boat": "隻", "aircraft": "機"}

func (t *Thing) counted(n int) string {
	counter, ok := counters[t.Kind]
	if !ok {
		counter = "つ"
	}
	return strconv.Itoa(n) + counter + "の"
}

// Japanese says what a photo shows: "りんごの写真".
func (p Photo) Japanese() string { return p.Name.Japanese + "の写真" }
