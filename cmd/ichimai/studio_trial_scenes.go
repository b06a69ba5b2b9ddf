package main

// campaignScenes are the rows of a trial's campaign: what follows the product in
// the prompt, and the picture's name.
var campaignScenes = []struct {
	prompt  string
	caption text
}{
	{"in snow", text{"in snow", "雪の中"}},
	{"on a wooden table", text{"on a wooden table", "木のテーブルの上"}},
	{"on the beach", text{"on the beach", "浜辺"}},
	{"on green grass", text{"on green grass", "緑の芝生の上"}},
	{"in a forest", text{"in a forest", "森の中"}},
	{"in the desert", text{"in the desert", "砂漠"}},
	{"on a plain white background", text{"on a plain white background", "白い背景"}},
	{"on a plain blue background", text{"on a plain blue background", "青い背景"}},
	{"on a plain red background", text{"on a plain red background", "赤い背景"}},
	{"on a bed", text{"on a bed", "ベッドの上"}},
	{"in a kitchen", text{"in a kitchen", "台所"}},
	{"in a garden", text{"in a garden", "庭"}},
	{"on a street at night", text{"on a street at night", "夜の街角"}},
	{"in front of a mountain", text{"in front of a mountain", "山を背景に"}},
	{"on a rock by the sea", text{"on a rock by the sea", "海辺の岩の上"}},
	{"in autumn leaves", text{"in autumn leaves", "落ち葉の中"}},
	{"under cherry blossoms", text{"under cherry blossoms", "桜の下"}},
	{"on a shelf", text{"on a shelf", "棚の上"}},
	{"on a sofa", text{"on a sofa", "ソファーの上"}},
	{"in a flower field", text{"in a flower field", "花畑"}},
	{"at sunset", text{"at sunset", "夕暮れ"}},
	{"in the rain", text{"in the rain", "雨の中"}},
	{"on a stone floor", text{"on a stone floor", "石の床の上"}},
	{"in front of a city", text{"in front of a city", "街を背景に"}},
}
