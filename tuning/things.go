package tuning

// things are everyday nouns, coarse enough to say what a subject is.
const things = `
airplane animal apple backpack bag ball balloon banana barrel basket bear bed
bee bell belt bench bicycle bird boat book boot bottle bowl box bracelet bread
bridge brush bucket building bus butterfly button cake camera candle candy car
card carpet castle cat chair cheese church clock cloud coat coffee coin cookie
couch cow crab cup cushion deer desk dish dog doll dolphin donut door dragon
drawing dress drum duck egg elephant engine face fan figurine fish flag flower
food fork fox frog fruit game garden gift giraffe girl glass glasses glove goat
guitar hamburger hamster hammer hat headphones helmet horse house insect jacket
jar jewelry kettle key keyboard kitten knife lamp landscape laptop leaf lemon
lion lizard logo machine man mask monkey motorcycle mountain mouse mug mushroom
necklace orange owl painting pan paper parrot pen pencil penguin person phone
piano pig pillow pizza plant plate plush poster pot pumpkin puppy puzzle rabbit
radio ring robot rocket rose rug sandwich scarf sculpture shark sheep ship shirt
shoe sign skirt snake sneaker soap sock sofa spoon squirrel stool strawberry
suitcase sunglasses sword table tea teapot telephone television tent tiger tool
toy tractor train tree truck turtle umbrella vase vegetable violin watch
watermelon whale wheel window wine wolf woman zebra
`
