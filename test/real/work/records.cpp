// records.cpp - parses and prints JSON, and fails at it COUNT times in three ways that throw:
// records FILE COUNT
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

using nlohmann::json;

static int failures(const std::string &text, int i)
{
    int caught = 0;
    try {
        json::parse(text.substr(0, 10 + i % 200));
    } catch (const json::parse_error &) {
        caught++;
    }
    try {
        json object = {{"key", i}};
        object.at("missing");
    } catch (const json::out_of_range &) {
        caught++;
    }
    try {
        json("text").get<int>();
    } catch (const json::type_error &) {
        caught++;
    }
    return caught;
}

int main(int, char **argv)
{
    std::ifstream file(argv[1]);
    std::string text((std::istreambuf_iterator<char>(file)), {});
    std::cout << json::parse(text).dump(1).size() << "\n";
    int caught = 0;
    for (int i = 0; i < std::atoi(argv[2]); i++)
        caught += failures(text, i);
    std::cout << "caught " << caught << "\n";
}
