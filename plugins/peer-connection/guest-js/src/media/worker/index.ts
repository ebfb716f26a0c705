import { Host } from "./host";
import { Ports, type Trunk } from "./ports";

// TypeScript takes this for a page.
new Host(new Ports(self as unknown as Trunk));
