-- fib.lua N: what an interpreter does all day.
local function fib(n)
  return n < 2 and n or fib(n - 1) + fib(n - 2)
end
print(fib(tonumber(arg[1])))
