package Inv::Chaos::Client;

# One process of clients: purchases, restocks, adjusts, batches, new products
# and edits, half of what can have a key with one and repeated with it until
# there is a final answer; all of it written down.  Some hang up early.

use strict;
use warnings;

use JSON::PP;
use Time::HiRes qw(sleep time);

use Inv::HTTP qw(drive request_text);
use Inv::Chaos::Journal;
use Inv::Chaos::Random;

# Whoever has waited so long has no answer: several times the deadline that
# requests have.
use constant PATIENCE => 20;

# How long after the quiet begins there must be final answers.
use constant FINISH_SECONDS => 90;

# Requests that are asked once more when all is over.
use constant REPLAYS => 300;

# Shares of what is asked, before what is switched off is left out.
my %WEIGHT = (
    purchase => 50,
    restock  => 20,
    adjust   => 15,
    batch    => 15,
    create   => 4,
    patch    => 6,
);

my $json = JSON::PP->new->canonical->utf8;

# name: of this process; seed; ports: of all nginx; products: their ids, the hot
# ones first; hot: how many; operations: names of %WEIGHT; keyed: the share that
# has keys; connections; journal: its file; ends: when nothing new is begun, in
# seconds; quiet: a file that is there once nothing fails any more.
sub new {
    my ($class, %opt) = @_;
    my @deck = map { ($_) x $WEIGHT{$_} } @{ $opt{operations} };
    return bless {
        %opt,
        deck    => \@deck,
        random  => Inv::Chaos::Random->new($opt{seed}, $opt{name}),
        count   => 0,
        waiting => [],    # requests to be sent again, {at}
        kept    => [],    # final ones, to be asked once more
        open    => 0,     # on their way
    }, $class;
}

sub run {
    my ($self) = @_;
    $self->{out} = Inv::Chaos::Journal->new($self->{journal});
    $self->_drive;
    sleep 0.05 while !$self->_see_quiet;
    $self->_drive;
    push @{ $self->{waiting} }, map { { request => $_, at => 0 } }
        @{ $self->{kept} };
    $self->{last} = 1;
    $self->_drive;
    $self->{out}->close;
    return;
}

# Whether nothing fails any more.
sub _see_quiet {
    my ($self) = @_;
    return 0 if !-e $self->{quiet};
    $self->{give_up} //= time + FINISH_SECONDS;
    return 1;
}

# Until there is nothing more to ask.
sub _drive {
    my ($self) = @_;
    drive(
        connections => $self->{connections},
        request     => sub { return $self->_next },
        response    => sub { return $self->_heard(@_) },
    );
    return;
}

sub _next {
    my ($self) = @_;
    my $waiting = $self->{waiting};

    while (1) {
        my $now = time;
        return if $self->{give_up} && $now > $self->{give_up};
        for my $n (0 .. $#{$waiting}) {
            next if $waiting->[$n]{at} > $now;
            my ($again) = splice @{$waiting}, $n, 1;
            return $self->_attempt($again->{request});
        }
        return $self->_attempt($self->_request) if $now < $self->{ends};
        return if !@{$waiting};
        $self->_see_quiet;
        sleep 0.01;
    }
    return;
}


# What is asked.

sub _request {
    my ($self) = @_;
    my $random = $self->{random};
    my $type = $random->pick(@{ $self->{deck} });
    my $name = sprintf '%s-%d', $self->{name}, ++$self->{count};
    my $request = {
        name   => $name,
        key    => "key-$self->{seed}-$name",
        method => 'POST',
        batch  => $type eq 'batch' ? 1 : 0,
        keyed  => $random->chance($self->{keyed}) ? 'whole' : 'none',
    };
    my $write = $self->can("_$type") // \&_operation;
    $write->($self, $request, $type);

    # Now and then the same twice at once.
    push @{ $self->{waiting} }, { request => $request, at => time }
        if $request->{keyed} ne 'none' && $random->chance(0.05);
    return $request;
}

sub _product {
    my ($self) = @_;
    my $random = $self->{random};
    my @products = @{ $self->{products} };
    return $random->chance(0.6)
        ? $products[ $random->between(0, $self->{hot} - 1) ]
        : $random->pick(@products);
}

# What is asked of one product's stock: a line, and its members as JSON.
sub _line {
    my ($self, $type) = @_;
    my $random = $self->{random};
    my $delta = $type eq 'purchase' ? -$random->between(1, 5)
        : $type eq 'restock' ? $random->between(1, 11)
        : $random->pick(-4 .. -1, 1 .. 4);
    my $line = { product => $self->_product, type => $type, delta => $delta };
    return ($line, $type eq 'adjust' ? { delta => $delta }
        : { quantity => abs $delta });
}

sub _operation {
    my ($self, $request, $type) = @_;
    my ($line, $json) = $self->_line($type);
    $request->{lines} = [$line];
    $request->{path}  = "/api/products/$line->{product}/$type";
    $request->{json}  = $json;
    return;
}

sub _batch {
    my ($self, $request) = @_;
    my $random = $self->{random};
    my @types = grep {/^(?:purchase|restock|adjust)$/} @{ $self->{deck} };
    $request->{keyed} = 'lines'
        if $request->{keyed} eq 'whole' && $random->chance(0.5);
    for my $n (1 .. $random->between(1, 12)) {
        my ($line, $json) = $self->_line($random->pick(@types));
        push @{ $request->{lines} }, $line;
        push @{ $request->{json}{operations} }, {
            %{$json},
            productId => $line->{product},
            type      => $line->{type},
            $request->{keyed} eq 'lines' ? (key => "$request->{key}-$n") : (),
        };
    }
    $request->{path} = '/api/stock/batch';
    return;
}

sub _create {
    my ($self, $request) = @_;
    my $name = "chaos-$self->{seed}-$request->{name}";
    $request->{lines} = [ { product => $name, type => 'create', delta => 0 } ];
    $request->{path}  = '/api/products';
    $request->{json}  = {
        name  => $name,
        price => 1,
        stock => $self->{random}->between(0, 3),
    };
    return;
}

sub _patch {
    my ($self, $request) = @_;
    my $random = $self->{random};
    my $product = $self->_product;
    my $is_set = $random->chance(0.5);
    my $stock = $random->between(0, 60);
    $request->{keyed}  = 'none';
    $request->{method} = 'PATCH';
    $request->{path}   = "/api/products/$product";
    $request->{json}   = $is_set ? { stock => $stock }
        : { name => "Named by $request->{name}" };
    $request->{lines} = [ {
        product => $product,
        type    => $is_set ? 'set' : 'edit',
        delta   => $is_set ? $stock : 0,
    } ];
    return;
}

# Of what this nginx has just changed.
sub _read_after {
    my ($self, $attempt, $version) = @_;
    return {
        name   => sprintf('%s-%d', $self->{name}, ++$self->{count}),
        method => 'GET',
        batch  => 0,
        keyed  => 'none',
        lines  => [],
        port   => $attempt->{port},
        floor  => $version,
        path   => "/api/products/$attempt->{request}{lines}[0]{product}",
    };
}

sub _members {
    my ($line) = @_;
    return $line->{type} eq 'adjust' ? { delta => $line->{delta} }
        : { quantity => abs $line->{delta} };
}

# One sending of it.
sub _attempt {
    my ($self, $request) = @_;
    my $random = $self->{random};
    my $trace = $random->hex_digits(32);
    my $left = !$self->{give_up} && $random->chance(0.03);
    my @key = $request->{keyed} eq 'whole'
        ? ('Idempotency-Key' => $request->{key}) : ();

    return {
        request => $request,
        trace   => $trace,
        left    => $left,
        began   => time,
        port    => $request->{port} // $random->pick(@{ $self->{ports} }),
        method  => $request->{method},
        timeout => $left ? 0.05 * $random->fraction : PATIENCE,
        text    => request_text(
            $request->{method} => $request->{path},
            $request->{json} ? (json => $request->{json}) : (),
            keepalive => $random->chance(0.5),
            headers   => [
                traceparent => "00-$trace-" . substr($trace, 0, 15) . '1-01',
                @key,
            ],
        ),
    };
}


# What is answered.

sub _heard {
    my ($self, $response, $attempt) = @_;
    my $request = $attempt->{request};
    my $status = $response->status;

    $self->{out}->write(
        request  => $request->{name},
        batch    => $request->{batch},
        keyed    => $request->{keyed},
        lines    => $request->{lines},
        trace    => $attempt->{trace},
        port     => $attempt->{port},
        began    => $attempt->{began},
        ended    => time,
        status   => $status,
        worker   => $response->header('X-Worker') // '',
        replayed => $response->header('Idempotency-Replayed') // '',
        left     => $attempt->{left} ? 1 : '',
        floor    => $request->{floor},
        error    => $response->{error} // '',
        body     => $response->body // '',
    );
    sleep 0.005 if $status >= 500 || !$status && !$attempt->{left};
    $self->_follow($response, $attempt) if $status == 200;
    return if $request->{keyed} eq 'none';
    if (!_is_final($response)) {
        $self->_again($request, $self->{random}->between(20, 300) / 1000);
        return;
    }
    $self->_again($request, 3 * $self->{random}->fraction)
        if !$self->{last} && $self->{random}->chance(0.05);
    $self->_keep($request) if !$self->{last};
    return;
}

# Some writes are read at once, where they were made.
sub _follow {
    my ($self, $response, $attempt) = @_;
    my $request = $attempt->{request};
    return if $request->{floor} || $request->{batch};
    my ($version) = ($response->header('ETag') // '') =~ /^"(\d+)"$/ or return;
    return if !$self->{random}->chance(0.1);
    unshift @{ $self->{waiting} },
        { request => $self->_read_after($attempt, $version), at => 0 };
    return;
}

sub _again {
    my ($self, $request, $seconds) = @_;
    push @{ $self->{waiting} }, { request => $request, at => time + $seconds };
    return;
}

# Below 500, and not only because another attempt was not done yet; a batch
# with keys for its lines has a final answer when each line has.
sub _is_final {
    my ($response) = @_;
    my $status = $response->status;
    return 0 if !$status || $status >= 500;
    my $body = $response->body;
    return $body !~ /"status":5\d\d|idempotency-in-flight/;
}

# A sample of all that have ended, any of them as likely as any other.
sub _keep {
    my ($self, $request) = @_;
    return if $request->{kept}++;
    my $kept = $self->{kept};
    my $n = $self->{ended}++;
    if ($n < REPLAYS) {
        push @{$kept}, $request;
        return;
    }
    my $place = $self->{random}->between(0, $n);
    $kept->[$place] = $request if $place < REPLAYS;
    return;
}

1;
