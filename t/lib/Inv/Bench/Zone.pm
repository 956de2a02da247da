package Inv::Bench::Zone;

# How many products the zone holds: more than that are read in order, then once
# more in the opposite order; what the zone still has is answered from there.

use strict;
use warnings;

use Exporter qw(import);
use Test::More;

use Inv::Bench::Load    qw(client);
use Inv::Bench::Service qw(serve);

our @EXPORT_OK = qw(measure_zone);

use constant {
    CONNECTIONS => 64,
    SAMPLES     => 200,
    PART        => 10_000,
};

# t, uri, size (of the zone, in bytes), ids: more than fit.  Returns {held,
# asked, json: bytes of a product on average}.
sub measure_zone {
    my (%opt) = @_;
    my $t = $opt{t};
    my $nginx = serve(
        $t, 'zone',
        workers => 1,
        mongo   => $opt{uri},
        redis   => 'off',
        cache   => 'local=600s redis=off',
        lines   => "inventory_zone $opt{size}; inventory_timeout 10s;",
    );
    my @paths = map { $t->path({ id => $_ }) } @{ $opt{ids} };
    my $held = 0;

    print STDERR scalar @paths, " products are read, and read again\n";
    read_all($t, $nginx, @paths);
    @paths = reverse @paths;
    while (my @part = splice @paths, 0, PART) {
        my $result = read_all($t, $nginx, @part);
        $held += $result->{local};
        last if $result->{local} < @part / 2;
    }

    my ($n, $bytes) = (0, 0);
    for my $id (grep {defined} @{ $opt{ids} }[ 0 .. SAMPLES - 1 ]) {
        $bytes += length $t->get($t->path({ id => $id }),
            port => $nginx->{port})->body;
        $n++;
    }
    return {
        held  => $held,
        asked => scalar @{ $opt{ids} },
        json  => $bytes / $n
    };
}

sub read_all {
    my ($t, $nginx, @paths) = @_;
    my $result = client(
        nginx       => $nginx,
        connections => CONNECTIONS,
        order       => 'once',
        file => $t->write_file('each', join '', map {"GET $_\n"} @paths),
    );
    is($result->{status} + $result->{broken}, 0, 'every product is there');
    return $result;
}

1;
