/** Sign-ups as the shop builder's form sends them: strangers' text, in whatever script and with whatever marks. */
const shops = [
  ["Soap & Sons", "GB", "Monthly soap box", "Three bars.\n<b>Vegan</b>", 1295],
  ["Crème Brûlée Club", "FR", "Dessert du mois", "Un dessert, livré frais", 2400],
  ["Bäckerei Müller", "DE", "Brotkorb", "Jede Woche ein anderes Brot", 1850],
  ["Zażółć Kawa", "PL", "Kawa ziarnista", "250 g, świeżo palona", 3900],
  ["The Veg Box", "GB", "Small box", "Feeds two", 1150],
  ["O'Brien's Whiskey Circle", "IE", "A dram a month", "Over 18s only", 4500],
  ["100% Wool", "NO", "Sock subscription", "A pair each month; size in the notes", 990],
  ["Café Olé!", "ES", "Café en grano", "Tueste medio", 1375],
  ["Fleurs --help", "BE", "Bouquet", "$(reboot) `id` {{.Values.x}}", 2750],
  ["Bike Check UK", "GB", "Monthly check", "Brakes, gears, tyres", 1900],
  ["Yoga by the Sea", "PT", "Four classes", "Bring a towel 🌊", 3200],
  ["Tea & Biscuits Ltd", "GB", "Tea box", "Loose leaf only", 1450],
] as const;

/** The dozen payloads of the demo, each as the queue gets it. */
export const signUps = shops.map(([name, country, title, description, amount], index) => ({
  company: { name },
  users: [`owner${index + 1}@example.com`],
  password: `correct horse battery staple ${index + 1}`,
  login_token: `5f0c${index.toString(16).padStart(28, "0")}`,
  country_code: country,
  plans: [{ title, description, interval_amount: amount, interval_unit: "monthly", sell_price: 0 }],
}));
