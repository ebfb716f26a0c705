/** The names of the pictures that people compare, in the order of `pictures.ts`. */
export const pictures: readonly string[] =
  `Dog Cat Lion Horse Unicorn Pig Elephant Rabbit Panda Rooster Penguin Turtle Fish Octopus Butterfly
Flower Tree Cactus Mushroom Globe Moon Cloud Fire Banana Apple Strawberry Corn Pizza Cake Heart
Smiley Robot Hat Glasses Spanner Santa Thumbs_Up Umbrella Hourglass Clock Gift Light_Bulb Book
Pencil Paperclip Scissors Lock Key Hammer Telephone Flag Train Bicycle Aeroplane Rocket Trophy Ball
Guitar Trumpet Bell Anchor Headphones Folder Pin`
    .split(/\s+/)
    .map((name) => name.replace("_", " "));
