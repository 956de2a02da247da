# A product that cannot be read, because something else wrote it: the others
# are served, alone, together and in lists, and the log tells which it is.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Test;

my $t = Inv::Test->new(workers => 1)->run;

# Past the service, so that no copy of them is anywhere.
my @ids = map { sprintf '%024x', 0xabc000 + $_ } 1 .. 60;
my %damaged = map { $ids[$_] => 1 } 0, 7, 8, 30, 59;
$t->mongo->command(
    insert    => 'products',
    documents => [
        map {
            {   _id       => Inv::Mongo::oid($_),
                name      => "number $_",
                price     => $damaged{$_} ? 'cheap' : 2,
                stock     => 1,
                version   => 1,
                createdAt => { '$date' => '2026-01-01T00:00:00Z' },
            }
        } @ids
    ],
);

# All at once: they share their reads.
my @answers = $t->all(map { [ GET => "/api/products/$_" ] } @ids, @ids);
my @wrong;
for my $i (0 .. $#answers) {
    my $id = $ids[ $i % @ids ];
    push @wrong, "$id: " . $answers[$i]->status
        if $answers[$i]->status != ($damaged{$id} ? 500 : 200);
}
is("@wrong", '', 'whole ones are read, damaged ones are not');
$t->problem_is($t->get("/api/products/$ids[7]"), 500, 'internal', 'as a problem');
like($t->nginx->log, qr/product $_ is damaged at price/, "the log names $_")
    for sort keys %damaged;

# Lists leave them out, page by page.
my @whole = grep { !$damaged{$_} } reverse @ids;
for my $limit (1, 7, 20, 60) {
    my ($path, @listed) = ("/api/products?limit=$limit");
    for (1 .. 70) {
        my $r = $t->get($path);
        $t->status_is($r, 200, "limit=$limit") if $r->status != 200;
        push @listed, map { $_->{id} } @{ $r->json->{items} };
        my $next = $r->json->{page}{next} // last;
        $path = "/api/products?limit=$limit&cursor=$next";
    }
    is("@listed", "@whole", "limit=$limit: all that can be read, once");
}
like($t->nginx->log, qr/left out of a list: product $ids[59] is damaged at/,
    'and the log tells of it');

# By number each keeps its place.
my $r = $t->get('/api/products?limit=10&page=1');
is(scalar @{ $r->json->{items} }, 9, 'a page by number is one shorter');
is($r->json->{page}{total}, 60, 'and the total counts all');

# Mended, it is there again.
is($t->mongo->update('products', { _id => Inv::Mongo::oid($ids[7]) },
        { '$set' => { price => 3 } }), 1, 'mended');
$t->status_is($t->get("/api/products/$ids[7]"), 200, 'and read');

$t->done;
