// Objects, exceptions (longjmp), sorting with a callback, regular expressions, JSON: mix.js COUNT
var count = Number(scriptArgs[0]);

function Vector(x, y) { this.x = x; this.y = y; }
Vector.prototype.plus = function (o) { return new Vector(this.x + o.x, this.y + o.y); };
var sum = new Vector(0, 0);
for (var i = 0; i < 10 * count; i++) sum = sum.plus(new Vector(i, 2));
print(sum.x, sum.y);

function dig(n) { if (n === 0) throw new Error("bottom"); dig(n - 1); }
var caught = 0;
for (i = 0; i < count; i++) {
	try { dig(i % 20); } catch (e) { caught++; } finally { caught += 2; }
}
print(caught);

var numbers = [];
for (i = 0; i < count; i++) numbers.push((i * 7907) % 10009);
numbers.sort(function (a, b) { return a - b; });
// The callback of a sort leaves it by an exception.
for (i = 0; i < 50; i++) {
	try {
		numbers.slice(0, 20).sort(function (a, b) { if (a === 7 + i) throw a; return b - a; });
	} catch (e) { caught++; }
}
print(numbers[10], caught);

var text = "";
for (i = 0; i < count; i++) text += "k" + i + "=v ";
print(text.replace(/k(\d+)=(\w)/g, function (all, n, v) { return v + n; }).length);
print(JSON.stringify(JSON.parse("[" + numbers.join(",") + "]")).length);
print(/^(x+x+)+y$/.test("xxxxxxxxxxxxxx"));

function fold(n) { return n ? [n].map(function (k) { return fold(k - 1) + k; })[0] : 0; }
for (i = 0; i < count / 50; i++) fold(20);
print(fold(20));
