// A visitor desk: reads "number,name" lines, verifies them all at once, prints one line for each, and says how many may
// come in. Exceptions for what stops the whole list, values for single rows.
//
// usage: visitor <skm.toml> < visitors.csv

#include <iostream>
#include <string>
#include <vector>

#include <skm.hpp>

static std::vector<skm::id_request> read_visitors(std::istream &input) {
    std::vector<skm::id_request> visitors;
    std::string line;
    while (std::getline(input, line)) {
        if (!line.empty() && line[line.size() - 1] == '\r') line.erase(line.size() - 1);
        const std::string::size_type comma = line.find(',');
        if (comma == std::string::npos) continue;
        visitors.push_back(skm::id_request(line.substr(0, comma), line.substr(comma + 1), "visitor form 3"));
    }
    return visitors;
}

int main(int count, char **arguments) {
    if (count != 2) {
        std::cerr << "usage: visitor <skm.toml> < visitors.csv\n";
        return 2;
    }
    try {
        const skm::client client = skm::client::open(arguments[1]);
        const std::vector<skm::id_request> visitors = read_visitors(std::cin);
        std::size_t welcome = 0;
        client.verify_many_ids(visitors, 4, [&](std::size_t row, const skm::id_result &result, const skm::error &why) {
            const skm::id_request &visitor = visitors[row];
            welcome += result.is_green();
            std::cout << skm::mask_certificate(visitor.number) << ' ' << skm::mask_name(visitor.name) << ' '
                      << (why ? why.name : skm::to_string(result.verdict)) << '\n';
            return true;
        });
        std::cout << welcome << " of " << visitors.size() << " may come in\n";
        return 0;
    } catch (const skm::exception &failed) {
        std::cerr << "visitor: " << failed.what() << '\n';
        return 1;
    }
}
