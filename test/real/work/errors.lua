-- Errors, which Lua throws with longjmp, through Lua and C frames, coroutines and callbacks:
-- errors.lua COUNT
local count = tonumber(arg[1])

local function fail(depth)
  if depth == 0 then
    error("failed")
  end
  return (fail(depth - 1))
end

local caught = 0
for i = 1, count do
  if not pcall(fail, i % 20) then
    caught = caught + 1
  end
end
print("caught", caught)

-- Errors that leave a sort, a substitution and a metamethod half done.
local shaky = setmetatable({}, { __index = function(_, k) return k > 50 and error("k") or k end })
for i = 1, count // 20 do
  pcall(table.sort, { 5, 3, 4, 1 }, function(a, b) return i % 3 == 0 and error("sort") or a < b end)
  pcall(string.gsub, "abcabc", "%a", function(c) return c == "c" and error("gsub") or "-" end)
  pcall(function() return shaky[i % 100] end)
end

local resumed = 0
for i = 1, count // 10 do
  local co = coroutine.create(function(n)
    for k = 1, n do
      coroutine.yield(k)
    end
    fail(3)
  end)
  while coroutine.resume(co, i % 5) do
    resumed = resumed + 1
  end
end
print("resumed", resumed)

local function bottomless()
  return 1 + bottomless()
end
print(pcall(bottomless) == false)

-- Recursion through C, into its limit.
local function nest(n)
  return n == 0 and "z" or (("a"):gsub("a", function() return nest(n - 1) end))
end
print(nest(100), pcall(nest, 300) == false)
print((select(2, load(("("):rep(300) .. "1" .. (")"):rep(300)))))
